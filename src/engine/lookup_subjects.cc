#include "engine/lookup_subjects.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "engine/lookup_budget.h"

namespace kith::engine {
namespace {

constexpr uint32_t kChecksInLot = 256;

}  // namespace

absl::StatusOr<std::unique_ptr<SubjectLookup>> SubjectLookup::Start(
    const Evaluation& evaluation, const LookupSubjectsRequest& request,
    std::shared_ptr<const SubjectReach> reach) {
  if (reach == nullptr) {
    KITH_ASSIGN_OR_RETURN(reach, FindSubjects(evaluation, request));
  }
  return std::unique_ptr<SubjectLookup>(
      new SubjectLookup(evaluation, request, std::move(reach)));
}

SubjectLookup::SubjectLookup(const Evaluation& evaluation,
                             const LookupSubjectsRequest& request,
                             std::shared_ptr<const SubjectReach> reach)
    : evaluation_(evaluation),
      request_(request),
      reach_(std::move(reach)),
      wildcard_is_next_(request.include_wildcards &&
                        reach_->others > Value::kFalse) {}

void SubjectLookup::Skip(std::string_view last_id) {
  wildcard_is_next_ = false;
  if (last_id == kWildcardId) return;
  const auto at = std::ranges::upper_bound(reach_->listed, last_id, {},
                                           &SubjectReach::Subject::id);
  next_ = at - reach_->listed.begin();
}

absl::StatusOr<bool> SubjectLookup::Next(FoundSubject* found) {
  found->missing_context.clear();
  found->excluded.clear();
  if (wildcard_is_next_) {
    wildcard_is_next_ = false;
    KITH_RETURN_IF_ERROR(Wildcard(found));
    return true;
  }
  if (next_ == reach_->listed.size()) return false;
  if (next_ % kLookEvery == 0) {
    KITH_RETURN_IF_ERROR(CheckNotCancelled(evaluation_));
  }
  const auto& [id, value] = reach_->listed[next_++];
  found->id = id;
  found->permissionship = ToPermissionship(value);
  if (value != Value::kTrue) {
    KITH_ASSIGN_OR_RETURN(found->missing_context, Missing(id, value));
  }
  return true;
}

absl::Status SubjectLookup::Wildcard(FoundSubject* wildcard) {
  wildcard->id = kWildcardId;
  wildcard->permissionship = ToPermissionship(reach_->others);
  KITH_ASSIGN_OR_RETURN(wildcard->missing_context,
                        Missing(reach_->unmentioned_id, reach_->others));
  for (const auto& [id, value] : reach_->excluded) {
    ExcludedSubject& excluded = wildcard->excluded.emplace_back();
    excluded.id = id;
    excluded.permissionship = ToPermissionship(Not(value));
    KITH_ASSIGN_OR_RETURN(excluded.missing_context, Missing(id, value));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SubjectLookup::Missing(
    std::string_view id, Value value) {
  if (value != Value::kUnknown) return std::vector<std::string>();
  KITH_RETURN_IF_ERROR(CheckNotCancelled(evaluation_));
  if (!lot_ || checks_in_lot_ == kChecksInLot) {
    lot_.emplace(evaluation_);
    checks_in_lot_ = 0;
  }
  ++checks_in_lot_;
  const SubjectRef subject(ObjectRef(request_.subject_type, id),
                           request_.subject_relation);
  KITH_ASSIGN_OR_RETURN(CheckAnswer answer,
                        lot_->Check(request_.resource, request_.permission,
                                    subject, request_.context));
  if (answer.permissionship != Permissionship::kConditional) {
    return absl::InternalError("a lookup and a check do not agree");
  }
  return std::move(answer.missing_context);
}

}  // namespace kith::engine
