#pragma once

#include "absl/status/status.h"
#include "db/command.h"
#include "db/relationship_rows.h"
#include "storage/store.h"

// What an import is asked at its commit, and how it is refused. Errors begin
// with the place in the import.

namespace kith::db {

absl::Status AtImported(const ImportCommand& command, uint64_t place,
                        const absl::Status& error);

// Whether `schema` admits all rows, as CheckAdmission (admission.h) says; the
// error is that of the first it does not. Costs next to nothing unless the
// schema changed since they were admitted.
absl::Status CheckAdmissions(const ImportCommand& command,
                             const SchemaPtr& schema, NameOf name_of);

// ALREADY_EXISTS ATTEMPT_TO_RECREATE_RELATIONSHIP.
absl::Status ConflictError(const ImportCommand& command,
                           const storage::ImportConflict& conflict,
                           NameOf name_of);

}  // namespace kith::db
