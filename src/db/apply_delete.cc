#include <fmt/format.h>

#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/apply.h"
#include "db/filters.h"
#include "db/relationship_rows.h"
#include "model/filter_text.h"

namespace kith::db {
namespace {

// Bounds the memory of one deletion and the size of its changelog row.
constexpr size_t kMaxDeletedBytes = 256u << 20;
constexpr size_t kRowOverheadBytes = 96;

absl::Status TooLarge(const DeleteCommand& command) {
  return absl::ResourceExhaustedError(
      fmt::format("what matches {} is over {} bytes, too much for one commit; "
                  "delete it step by step with a limit",
                  DescribeFilter(command.filter), kMaxDeletedBytes));
}

absl::Status TooMany(const DeleteCommand& command) {
  ErrorInfo info;
  info.reason = ErrorReason::kTooManyRelationshipsForTransactionalDelete;
  info.metadata["limit"] = fmt::to_string(command.limit);
  AddFilterMetadata(command.filter, "filter_", &info);
  return MakeError(
      absl::StatusCode::kInvalidArgument,
      fmt::format("more than {} relationships match {}; allow a partial "
                  "deletion to delete them step by step",
                  command.limit, DescribeFilter(command.filter)),
      info);
}

}  // namespace

absl::StatusOr<Applied> Apply(const DeleteCommand& command, Group* group) {
  KITH_RETURN_IF_ERROR(
      CheckFilterNames(group->schema()->schema(), command.filter));
  KITH_RETURN_IF_ERROR(CheckPreconditions(command.preconditions, group));

  std::vector<OwnedKey> matches;
  size_t bytes = 0;
  bool cut = false;
  const auto rows = RowFilter(command.filter, [&](std::string_view name) {
    return group->SymbolOf(name);
  });
  if (rows) {
    KITH_RETURN_IF_ERROR(group->ForEachLive(
        *rows, [&](const storage::TupleKey& key, const storage::TupleValue&) {
          cut = command.limit != 0 && matches.size() == command.limit;
          if (cut) return false;
          matches.emplace_back(key);
          bytes += key.resource_id.size() + key.subject_id.size() +
                   kRowOverheadBytes;
          return bytes <= kMaxDeletedBytes;
        }));
  }
  if (bytes > kMaxDeletedBytes) return TooLarge(command);
  if (cut && !command.allow_partial) return TooMany(command);

  Applied applied{.revision = group->revision(),
                  .deleted = matches.size(),
                  .complete = !cut};
  if (matches.empty() && command.metadata.empty()) return applied;
  applied.revision = group->BeginCommit(command.metadata);
  for (const OwnedKey& key : matches) {
    KITH_RETURN_IF_ERROR(group->Delete(key.view()));
  }
  return applied;
}

}  // namespace kith::db
