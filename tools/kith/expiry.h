#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kith::tool {

// RFC 3339 (`2030-01-31T12:00:00Z`), or a time from `now`: `+90s`, `+1h30m`,
// `+7d`.
absl::StatusOr<absl::Time> ParseExpiry(std::string_view text, absl::Time now);

}  // namespace kith::tool
