#include "engine/lookup_resources.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "engine/caveats.h"
#include "engine/names.h"
#include "engine/program.h"
#include "engine/reverse_program.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

constexpr uint32_t kChecksPerLot = 1024;

// For a heap whose front has the least id.
bool After(const Candidate& a, const Candidate& b) { return a.id > b.id; }

absl::Status CheckNotWildcard(const SubjectRef& subject) {
  if (!subject.is_wildcard()) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kInvalidArgument, ErrorReason::kWildcardNotAllowed,
      fmt::format("subject \"{}\" is a wildcard: a lookup asks about one "
                  "subject",
                  subject.ToString()),
      {{"field", "subject.object_id"}});
}

absl::StatusOr<Candidates> FindCandidates(
    const Evaluation& evaluation, const ResourceLookup::Question& question) {
  KITH_RETURN_IF_ERROR(CheckNotWildcard(question.subject));
  Programs& programs = evaluation.schema->programs();
  KITH_ASSIGN_OR_RETURN(
      const uint32_t slot,
      ResolveSlot(programs, question.resource_type, question.permission));
  KITH_ASSIGN_OR_RETURN(const SubjectKind kind,
                        ResolveSubject(programs, question.subject));
  const auto forward = programs.For(kind);
  const Pc goal = forward->root(slot);
  if (goal == kNilPc) return Candidates();
  const ReverseProgram program(*forward, goal, programs.slot(slot).type);
  CaveatEvaluator caveats(programs, question.context);
  return ReverseWalk(evaluation, kind, question.subject.object.id, program,
                     &caveats)
      .Run(question.after);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ResourceLookup>> ResourceLookup::Start(
    Evaluation evaluation, Question question) {
  KITH_ASSIGN_OR_RETURN(Candidates candidates,
                        FindCandidates(evaluation, question));
  return std::unique_ptr<ResourceLookup>(new ResourceLookup(
      std::move(evaluation), std::move(question), std::move(candidates)));
}

ResourceLookup::ResourceLookup(Evaluation evaluation, Question question,
                               Candidates candidates)
    : evaluation_(std::move(evaluation)),
      question_(std::move(question)),
      candidates_(std::move(candidates)) {
  std::ranges::make_heap(candidates_.found, After);
}

absl::StatusOr<std::optional<FoundResource>> ResourceLookup::Next() {
  while (!candidates_.found.empty()) {
    std::ranges::pop_heap(candidates_.found, After);
    const Candidate candidate = candidates_.found.back();
    candidates_.found.pop_back();
    FoundResource resource;
    resource.id = candidate.id;
    if (candidate.sure) return resource;
    KITH_ASSIGN_OR_RETURN(CheckAnswer answer, Check(candidate.id));
    if (answer.permissionship == Permissionship::kNoPermission) continue;
    resource.permissionship = answer.permissionship;
    resource.missing_context = std::move(answer.missing_context);
    return resource;
  }
  return std::nullopt;
}

absl::StatusOr<CheckAnswer> ResourceLookup::Check(std::string_view id) {
  if (!lot_ || checks_in_lot_ == kChecksPerLot) {
    lot_.emplace(evaluation_);
    checks_in_lot_ = 0;
  }
  ++checks_in_lot_;
  return lot_->Check(ObjectRef(question_.resource_type, id),
                     question_.permission, question_.subject,
                     question_.context);
}

}  // namespace kith::engine
