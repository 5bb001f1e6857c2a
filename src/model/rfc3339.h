#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace kith {

// `2030-01-31T12:00:00.5+01:00`; a four-digit year, any number of fractional
// digits, `Z` or an offset. nullopt for anything else.
std::optional<absl::Time> ParseRfc3339(std::string_view text);

// In UTC with a `Z`, with as many fractional digits as it takes.
std::string ToRfc3339(absl::Time time);

}  // namespace kith
