#pragma once

#include "absl/status/statusor.h"
#include "db/command.h"
#include "db/group.h"

namespace kith::db {

// The state machine: applies a command to what `group` holds. The outcome
// depends on the command, the state and the group's commit time alone, never
// on a clock, the environment or the order of a hash table.
//
// Everything is checked before the first change, so a refused command (an error
// while group->failure() is OK) changes nothing and takes no revision. An
// accepted one takes the next revision, except when it has neither effect nor
// metadata. The errors are those of Database::Write, Importer::Commit,
// DeleteByFilter, WriteSchema and RegisterCounter.
absl::StatusOr<Applied> Apply(const WriteCommand& command, Group* group);
absl::StatusOr<Applied> Apply(const ImportCommand& command, Group* group);
absl::StatusOr<Applied> Apply(const DeleteCommand& command, Group* group);
absl::StatusOr<Applied> Apply(const SchemaCommand& command, Group* group);
absl::StatusOr<Applied> Apply(const CounterCommand& command, Group* group);

// FAILED_PRECONDITION WRITE_OR_DELETE_PRECONDITION_FAILURE for the first that
// does not hold; unknown names as CheckFilterNames (filters.h).
absl::Status CheckPreconditions(const std::vector<Precondition>& preconditions,
                                Group* group);

}  // namespace kith::db
