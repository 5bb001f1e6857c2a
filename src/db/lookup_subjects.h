#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "db/parts.h"
#include "kith/database.h"

namespace kith::db {

// Database::LookupSubjects. INVALID_ARGUMENT for a malformed request or
// INVALID_CURSOR; FAILED_PRECONDITION for names the schema lacks; OUT_OF_RANGE
// when the cursor's revision is no longer kept. `parts` outlives the stream.
absl::StatusOr<std::unique_ptr<SubjectStream>> LookupSubjects(
    const LookupSubjectsRequest& request, const Parts& parts);

}  // namespace kith::db
