#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "engine/edges.h"
#include "engine/engine.h"
#include "engine/names.h"
#include "engine/program.h"
#include "engine/resolve.h"
#include "engine/search.h"
#include "engine/value.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

// Steps of an exact evaluation, as a multiple of the relationships a check may
// read: each relationship is passed a few times for each alternation.
constexpr uint64_t kResolveStepsPerEdge = 16;

// All checks of one subject in a batch, over one table.
class SubjectCheck {
 public:
  SubjectCheck(const Evaluation& evaluation, const SubjectKind& kind,
               std::string id)
      : evaluation_(evaluation),
        id_(std::move(id)),
        programs_(evaluation.schema->programs().For(kind)),
        reader_(evaluation, *programs_, id_, &objects_),
        search_(*programs_, &reader_, evaluation.max_depth) {}
  SubjectCheck(const SubjectCheck&) = delete;
  SubjectCheck& operator=(const SubjectCheck&) = delete;

  absl::StatusOr<Value> Check(uint32_t slot, Symbol type,
                              std::string_view resource_id) {
    const Pc pc = programs_->root(slot);
    const ObjectId object = objects_.Intern(type, resource_id);
    reader_.StartCheck();
    KITH_ASSIGN_OR_RETURN(const std::optional<Value> found,
                          search_.Run(pc, object));
    if (found) return *found;
    reader_.StartCheck();
    return Resolve(*programs_, &reader_, evaluation_.max_depth,
                   evaluation_.max_edges * kResolveStepsPerEdge, pc, object);
  }

 private:
  const Evaluation& evaluation_;
  const std::string id_;
  const std::shared_ptr<const SubjectPrograms> programs_;
  Objects objects_;
  EdgeReader reader_;
  Search search_;
};

}  // namespace

struct CheckBatch::Impl {
  explicit Impl(Evaluation e) : evaluation(std::move(e)) {}

  const Evaluation evaluation;
  struct Subject {
    SubjectKind kind;
    std::string id;
    friend bool operator==(const Subject&, const Subject&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Subject& s) {
      return H::combine(std::move(h), s.kind, s.id);
    }
  };
  absl::flat_hash_map<Subject, std::unique_ptr<SubjectCheck>> subjects;
};

CheckBatch::CheckBatch(Evaluation evaluation)
    : impl_(std::make_unique<Impl>(std::move(evaluation))) {}

CheckBatch::~CheckBatch() = default;

absl::StatusOr<CheckAnswer> CheckBatch::Check(const ObjectRef& resource,
                                              std::string_view permission,
                                              const SubjectRef& subject) {
  const Programs& programs = impl_->evaluation.schema->programs();
  if (subject.is_wildcard()) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, ErrorReason::kWildcardNotAllowed,
        fmt::format("subject \"{}\" is a wildcard: a check asks about one "
                    "subject",
                    subject.ToString()),
        {{"field", "subject.object_id"}});
  }
  KITH_ASSIGN_OR_RETURN(const uint32_t slot,
                        ResolveSlot(programs, resource.type, permission));
  KITH_ASSIGN_OR_RETURN(const SubjectKind kind,
                        ResolveSubject(programs, subject));
  auto& check = impl_->subjects[Impl::Subject{kind, subject.object.id}];
  if (check == nullptr) {
    check = std::make_unique<SubjectCheck>(impl_->evaluation, kind,
                                           subject.object.id);
  }
  KITH_ASSIGN_OR_RETURN(
      const Value value,
      check->Check(slot, programs.slot(slot).type, resource.id));
  CheckAnswer answer;
  answer.permissionship = ToPermissionship(value);
  return answer;
}

}  // namespace kith::engine
