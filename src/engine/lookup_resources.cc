#include "engine/lookup_resources.h"

#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "engine/lookup_budget.h"
#include "engine/names.h"
#include "engine/program.h"
#include "engine/reverse_program.h"
#include "engine/reverse_walk.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

constexpr uint32_t kChecksPerLot = 1024;

absl::Status CheckNotWildcard(const SubjectRef& subject) {
  if (!subject.is_wildcard()) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kInvalidArgument, ErrorReason::kWildcardNotAllowed,
      fmt::format("subject \"{}\" is a wildcard: a lookup asks about one "
                  "subject",
                  subject.ToString()),
      {{"field", "subject.object_id"}});
}

absl::StatusOr<std::shared_ptr<const ResourceReach>> Walk(
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
  if (goal == kNilPc) return std::make_shared<ResourceReach>(evaluation.schema);
  const ReverseProgram program(*forward, goal, programs.slot(slot).type);
  CaveatEvaluator caveats(programs, question.context);
  return ReverseWalk(evaluation, kind, question.subject.object.id, program,
                     &caveats)
      .Run();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ResourceLookup>> ResourceLookup::Start(
    Evaluation evaluation, Question question,
    std::shared_ptr<const ResourceReach> reach) {
  if (reach == nullptr) {
    KITH_ASSIGN_OR_RETURN(reach, Walk(evaluation, question));
  }
  return std::unique_ptr<ResourceLookup>(new ResourceLookup(
      std::move(evaluation), std::move(question), std::move(reach)));
}

ResourceLookup::ResourceLookup(Evaluation evaluation, Question question,
                               std::shared_ptr<const ResourceReach> reach)
    : evaluation_(std::move(evaluation)),
      question_(std::move(question)),
      reach_(std::move(reach)),
      caveats_(evaluation_.schema->programs(), question_.context),
      candidates_(evaluation_, reach_, question_.after, question_.limit,
                  &caveats_) {}

absl::StatusOr<bool> ResourceLookup::Next(FoundResource* found) {
  while (true) {
    Candidate candidate;
    KITH_ASSIGN_OR_RETURN(const bool any, candidates_.Next(&candidate));
    if (!any) return false;
    found->id = candidate.id;
    found->permissionship = Permissionship::kHasPermission;
    found->missing_context.clear();
    if (candidate.sure) return true;
    KITH_RETURN_IF_ERROR(CheckNotCancelled(evaluation_));
    KITH_ASSIGN_OR_RETURN(CheckAnswer answer, Check(candidate.id));
    if (answer.permissionship == Permissionship::kNoPermission) continue;
    found->permissionship = answer.permissionship;
    found->missing_context = std::move(answer.missing_context);
    return true;
  }
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
