#include <fmt/format.h>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/apply.h"
#include "db/counters.h"
#include "db/filters.h"

namespace kith::db {
namespace {

absl::Status CheckNew(const CounterCommand& command, bool exists,
                      Group* group) {
  if (exists) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition,
        ErrorReason::kCounterAlreadyRegistered,
        fmt::format("counter \"{}\" is registered already", command.name),
        {{"counter_name", command.name}});
  }
  KITH_RETURN_IF_ERROR(
      CheckFilterNames(group->schema()->schema(), *command.filter));
  KITH_ASSIGN_OR_RETURN(const size_t count, group->CountCounters());
  if (count < command.max_counters) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("{} counters are registered, at most {} are allowed", count,
                  command.max_counters));
}

}  // namespace

absl::StatusOr<Applied> Apply(const CounterCommand& command, Group* group) {
  KITH_ASSIGN_OR_RETURN(const bool exists, group->HasCounter(command.name));
  if (command.filter) {
    KITH_RETURN_IF_ERROR(CheckNew(command, exists, group));
  } else if (!exists) {
    return CounterNotRegistered(command.name);
  }
  const Applied applied{.revision = group->BeginCommit({})};
  KITH_RETURN_IF_ERROR(
      command.filter
          ? group->PutCounter(command.name, EncodeCounter(*command.filter))
          : group->DeleteCounter(command.name));
  return applied;
}

}  // namespace kith::db
