#include <fmt/format.h>

#include <vector>

#include "base/error.h"
#include "base/status_macros.h"
#include "db/admission.h"
#include "db/apply.h"
#include "db/put_rule.h"
#include "db/relationship_rows.h"

namespace kith::db {
namespace {

// One row to put or, without a value, to delete.
struct RowChange {
  storage::TupleKey key;
  std::optional<storage::TupleValue> value;
};

absl::Status AtUpdate(const RowUpdate& row, const absl::Status& error) {
  return Prefixed(error, fmt::format("updates[{}]: ", row.place));
}

absl::StatusOr<storage::TupleValue> ValueOf(const RowUpdate& row,
                                            const Group& group) {
  const Relationship& relationship = row.update.relationship;
  storage::TupleValue value;
  value.expires_at = relationship.expires_at;
  if (relationship.caveat) {
    const auto caveat = group.SymbolOf(relationship.caveat->name);
    if (!caveat) {
      return absl::InternalError(fmt::format("caveat \"{}\" has no symbol",
                                             relationship.caveat->name));
    }
    value.caveat = *caveat;
    value.caveat_context = row.caveat_context;
  }
  return value;
}

// The change that `row` makes to the stored state, if any. Views into `row`.
absl::StatusOr<std::optional<RowChange>> PlanUpdate(const RowUpdate& row,
                                                    Group* group) {
  const Relationship& relationship = row.update.relationship;
  const auto key = KeyOf(relationship, [&](std::string_view name) {
    return group->SymbolOf(name);
  });
  if (!key) {
    return absl::InternalError("a name of the schema has no symbol");
  }
  if (row.update.operation == Update::Operation::kDelete) {
    KITH_ASSIGN_OR_RETURN(const bool found, group->Get(*key, nullptr));
    if (!found) return std::nullopt;
    return RowChange{*key, std::nullopt};
  }
  KITH_ASSIGN_OR_RETURN(auto value, ValueOf(row, *group));
  KITH_ASSIGN_OR_RETURN(
      const PutOutcome outcome,
      JudgePut(row.update.operation == Update::Operation::kCreate, *key, value,
               group));
  if (outcome == PutOutcome::kExists) {
    return RecreationError(relationship, "exists already");
  }
  if (outcome == PutOutcome::kNoChange) return std::nullopt;
  return RowChange{*key, value};
}

absl::Status CheckAdmissions(const WriteCommand& command,
                             const SchemaPtr& schema) {
  for (const RowUpdate& row : command.updates) {
    const auto status = CheckAdmission(schema->schema(), row.update);
    if (!status.ok()) return AtUpdate(row, status);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Applied> Apply(const WriteCommand& command, Group* group) {
  KITH_RETURN_IF_ERROR(CheckAdmissions(command, group->schema()));
  KITH_RETURN_IF_ERROR(CheckPreconditions(command.preconditions, group));

  // The updates are of different relationships, so each may be planned against
  // the state before all of them.
  std::vector<RowChange> changes;
  changes.reserve(command.updates.size());
  for (const RowUpdate& row : command.updates) {
    const auto change = PlanUpdate(row, group);
    if (!change.ok()) return AtUpdate(row, change.status());
    if (*change) changes.push_back(**change);
  }
  if (changes.empty() && command.metadata.empty()) {
    return Applied{.revision = group->revision()};
  }
  const Applied applied{.revision = group->BeginCommit(command.metadata)};
  for (const RowChange& change : changes) {
    KITH_RETURN_IF_ERROR(change.value ? group->Put(change.key, *change.value)
                                      : group->Delete(change.key));
  }
  return applied;
}

}  // namespace kith::db
