#include "db/page_limit.h"

#include <fmt/format.h>

#include "base/error.h"

namespace kith::db {

absl::Status CheckPageLimit(uint32_t limit, uint32_t maximum) {
  if (limit <= maximum) return absl::OkStatus();
  const std::string given = fmt::to_string(limit);
  const std::string allowed = fmt::to_string(maximum);
  return MakeError(
      absl::StatusCode::kInvalidArgument,
      ErrorReason::kExceedsMaximumAllowableLimit,
      fmt::format("limit {} is over the maximum of {}", given, allowed),
      {{"limit_provided", given}, {"maximum_limit_allowed", allowed}});
}

}  // namespace kith::db
