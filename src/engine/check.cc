#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/error.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "engine/caveats.h"
#include "engine/edges.h"
#include "engine/engine.h"
#include "engine/graph.h"
#include "engine/names.h"
#include "engine/program.h"
#include "engine/resolve.h"
#include "engine/search.h"
#include "engine/support.h"
#include "engine/trace.h"
#include "engine/undecided_path.h"
#include "engine/value.h"
#include "fmt/format.h"
#include "model/value_json.h"

namespace kith::engine {
namespace {

// Steps of an exact evaluation, as a multiple of the relationships a check may
// read: each relationship is passed a few times for each alternation.
constexpr uint64_t kResolveStepsPerEdge = 16;

// All checks of one subject with one context in a batch, over one table.
class SubjectCheck {
 public:
  SubjectCheck(const Evaluation& evaluation, const SubjectKind& kind,
               std::string id, Struct context)
      : evaluation_(evaluation),
        id_(std::move(id)),
        context_(std::move(context)),
        programs_(evaluation.schema->programs().For(kind)),
        caveats_(evaluation.schema->programs(), context_),
        reader_(evaluation, *programs_, id_, &objects_, &caveats_),
        search_(*programs_, &reader_, evaluation.max_depth) {}
  SubjectCheck(const SubjectCheck&) = delete;
  SubjectCheck& operator=(const SubjectCheck&) = delete;

  absl::StatusOr<CheckAnswer> Check(uint32_t slot, Symbol type,
                                    std::string_view resource_id) {
    const Pc pc = programs_->root(slot);
    const ObjectId object = objects_.Intern(type, resource_id);
    reader_.StartCheck();
    KITH_ASSIGN_OR_RETURN(const std::optional<Value> found,
                          search_.Run(pc, object));
    if (!found) return CheckGraph(pc, object);
    return Answer(pc, object, *found,
                  [this](Pc at, ObjectId of) -> absl::StatusOr<Bounds> {
                    const std::optional<Value> value = search_.Find(at, of);
                    if (value) return Bounds{*value, *value};
                    return absl::InternalError("an operand was not evaluated");
                  });
  }

  // Why a check of `subject`, which is the subject of this, was answered so.
  absl::StatusOr<TraceStep> Trace(uint32_t slot, Symbol type,
                                  std::string_view resource_id,
                                  const SubjectRef& subject,
                                  Permissionship answer, uint64_t* steps_left) {
    const Pc pc = programs_->root(slot);
    const ObjectId object = objects_.Intern(type, resource_id);
    KITH_ASSIGN_OR_RETURN(Exact exact,
                          EvaluateGraph(pc, object, evaluation_.max_depth));
    if (!exact.root().decided()) {
      // The check used what earlier ones of the batch found nearer to them.
      KITH_ASSIGN_OR_RETURN(exact, EvaluateGraph(pc, object, UINT32_MAX));
    }
    if (!exact.root().decided() ||
        ToPermissionship(exact.root().lower) != answer) {
      return absl::InternalError("the trace of a check disagrees with it");
    }
    reader_.StartCheck();
    return Tell({evaluation_, *programs_, objects_, caveats_, exact.graph,
                 exact.resolution, subject},
                &reader_, steps_left, slot, object);
  }

 private:
  struct Exact {
    Graph graph;
    Resolution resolution;
    const Bounds& root() const { return resolution.bounds[Graph::kRoot]; }
  };

  absl::StatusOr<Exact> EvaluateGraph(Pc pc, ObjectId object,
                                      uint32_t max_depth) {
    reader_.StartCheck();
    KITH_ASSIGN_OR_RETURN(Graph graph, Graph::Explore(*programs_, &reader_,
                                                      max_depth, pc, object));
    KITH_ASSIGN_OR_RETURN(const std::vector<Value> leaves,
                          ReadLeaves(graph, &reader_));
    KITH_ASSIGN_OR_RETURN(
        Resolution resolution,
        Resolve(graph, leaves, evaluation_.max_edges * kResolveStepsPerEdge));
    return Exact{std::move(graph), std::move(resolution)};
  }

  // The exact evaluation, for what the search does not decide.
  absl::StatusOr<CheckAnswer> CheckGraph(Pc pc, ObjectId object) {
    const uint32_t max_depth = evaluation_.max_depth;
    KITH_ASSIGN_OR_RETURN(const Exact exact,
                          EvaluateGraph(pc, object, max_depth));
    const std::vector<Bounds>& bounds = exact.resolution.bounds;
    if (!exact.root().decided()) {
      return NoAnswer(exact.graph, max_depth,
                      UndecidedPath(exact.graph, exact.resolution, objects_,
                                    evaluation_.schema->programs()));
    }
    return Answer(pc, object, exact.root().lower,
                  [&](Pc at, ObjectId of) -> absl::StatusOr<Bounds> {
                    const auto node = exact.graph.Find(at, of);
                    if (node) return bounds[*node];
                    return absl::InternalError("an operand was not evaluated");
                  });
  }

  absl::StatusOr<CheckAnswer> Answer(Pc pc, ObjectId object, Value value,
                                     BoundsOf bounds_of) {
    CheckAnswer answer;
    answer.permissionship = ToPermissionship(value);
    if (value != Value::kUnknown) return answer;
    reader_.StartCheck();
    KITH_ASSIGN_OR_RETURN(
        answer.missing_context,
        MissingContext(*programs_, &reader_, caveats_, pc, object, bounds_of));
    return answer;
  }

  const Evaluation& evaluation_;
  const std::string id_;
  const Struct context_;
  const std::shared_ptr<const SubjectPrograms> programs_;
  Objects objects_;
  CaveatEvaluator caveats_;
  EdgeReader reader_;
  Search search_;
};

}  // namespace

struct CheckBatch::Impl {
  explicit Impl(Evaluation e)
      : evaluation(std::move(e)),
        trace_steps_left(evaluation.max_trace_steps) {}

  const Evaluation evaluation;
  uint64_t trace_steps_left;
  // Whose checks share a table, in full: a hash would mix up two of them.
  struct Sharing {
    SubjectKind kind;
    std::string id;
    std::string context;  // as canonical JSON
    friend bool operator==(const Sharing&, const Sharing&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Sharing& s) {
      return H::combine(std::move(h), s.kind, s.id, s.context);
    }
  };
  absl::flat_hash_map<Sharing, std::unique_ptr<SubjectCheck>> checks;
};

CheckBatch::CheckBatch(Evaluation evaluation)
    : impl_(std::make_unique<Impl>(std::move(evaluation))) {}

CheckBatch::~CheckBatch() = default;

absl::StatusOr<CheckAnswer> CheckBatch::Check(const ObjectRef& resource,
                                              std::string_view permission,
                                              const SubjectRef& subject,
                                              const Struct& context,
                                              TraceStep* trace) {
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
  auto& check = impl_->checks[Impl::Sharing{
      kind, subject.object.id,
      context.empty() || IsSeeded(SeededBug::kBulkSharesContexts)
          ? std::string()
          : ToJson(context)}];
  if (check == nullptr) {
    check = std::make_unique<SubjectCheck>(impl_->evaluation, kind,
                                           subject.object.id, context);
  }
  const Symbol type = programs.slot(slot).type;
  absl::StatusOr<CheckAnswer> answer = check->Check(slot, type, resource.id);
  if (trace == nullptr || !answer.ok()) return answer;
  KITH_ASSIGN_OR_RETURN(
      *trace, check->Trace(slot, type, resource.id, subject,
                           answer->permissionship, &impl_->trace_steps_left));
  return answer;
}

}  // namespace kith::engine
