#include <fmt/format.h>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/apply.h"
#include "db/filters.h"
#include "model/filter_text.h"

namespace kith::db {
namespace {

absl::StatusOr<bool> AnyLive(const RelationshipFilter& filter, Group* group) {
  const auto rows = RowFilter(
      filter, [&](std::string_view name) { return group->SymbolOf(name); });
  if (!rows) return false;
  if (const auto key = OnlyKey(*rows); key && rows->Matches(*key)) {
    storage::TupleValue value;
    KITH_ASSIGN_OR_RETURN(const bool found, group->Get(*key, &value));
    return found && !value.ExpiredAt(group->commit_time());
  }
  bool any = false;
  KITH_RETURN_IF_ERROR(group->ForEachLive(*rows, [&](const auto&, const auto&) {
    any = true;
    return false;
  }));
  return any;
}

absl::Status Violated(const Precondition& precondition) {
  const bool must =
      precondition.operation == Precondition::Operation::kMustMatch;
  ErrorInfo info;
  info.reason = ErrorReason::kWriteOrDeletePreconditionFailure;
  info.metadata["precondition_operation"] =
      must ? "OPERATION_MUST_MATCH" : "OPERATION_MUST_NOT_MATCH";
  AddFilterMetadata(precondition.filter, "precondition_", &info);
  return MakeError(
      absl::StatusCode::kFailedPrecondition,
      fmt::format("precondition failed: {} relationship must match {}",
                  must ? "a" : "no", DescribeFilter(precondition.filter)),
      info);
}

}  // namespace

absl::Status CheckPreconditions(const std::vector<Precondition>& preconditions,
                                Group* group) {
  for (const Precondition& precondition : preconditions) {
    KITH_RETURN_IF_ERROR(
        CheckFilterNames(group->schema()->schema(), precondition.filter));
  }
  for (const Precondition& precondition : preconditions) {
    KITH_ASSIGN_OR_RETURN(const bool any, AnyLive(precondition.filter, group));
    if (any !=
        (precondition.operation == Precondition::Operation::kMustMatch)) {
      return Violated(precondition);
    }
  }
  return absl::OkStatus();
}

}  // namespace kith::db
