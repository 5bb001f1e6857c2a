#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace kith::db {

// INVALID_ARGUMENT EXCEEDS_MAXIMUM_ALLOWABLE_LIMIT when the limit that a read
// or a delete gives is over `maximum`.
absl::Status CheckPageLimit(uint32_t limit, uint32_t maximum);

}  // namespace kith::db
