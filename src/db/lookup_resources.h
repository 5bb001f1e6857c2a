#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "db/parts.h"
#include "kith/database.h"

namespace kith::db {

// Database::LookupResources. INVALID_ARGUMENT for a malformed request, a
// wildcard subject, INVALID_CURSOR or EXCEEDS_MAXIMUM_ALLOWABLE_LIMIT;
// FAILED_PRECONDITION for names the schema lacks; OUT_OF_RANGE when the
// cursor's revision is no longer kept. `parts` outlives the stream.
absl::StatusOr<std::unique_ptr<ResourceStream>> LookupResources(
    const LookupResourcesRequest& request, const Parts& parts);

}  // namespace kith::db
