#pragma once

#include "absl/status/statusor.h"
#include "db/parts.h"
#include "kith/database.h"

namespace kith::db {

// Database::Read. INVALID_ARGUMENT INVALID_FILTER, INVALID_CURSOR or
// EXCEEDS_MAXIMUM_ALLOWABLE_LIMIT; OUT_OF_RANGE when the cursor's revision is
// no longer kept.
absl::StatusOr<ReadPage> ReadRelationships(const ReadRequest& request,
                                           const Parts& parts);

}  // namespace kith::db
