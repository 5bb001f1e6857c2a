#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace kith::caveat {

// A duration as a sum of decimals with units, `1h30m`, `-1.5s`, or `0`; the
// units are h m s ms us ns. In nanoseconds, rounded towards zero; nullopt: not
// a duration, or out of range.
std::optional<int64_t> ParseDuration(std::string_view text);
// In seconds: `90s`, `0.001s`.
std::string DurationText(int64_t nanos);

// RFC 3339 within the years 1 to 9999, to the nanosecond.
std::optional<absl::Time> ParseTimestamp(std::string_view text);
// In UTC: `2009-02-13T23:31:30.5Z`.
std::string TimestampText(absl::Time time);

// Within the years 1 to 9999.
bool IsTimestampInRange(absl::Time time);

// A name of the time zone database, or `+11:00`, `-02:30`, `02:00`.
std::optional<absl::TimeZone> ParseTimeZone(std::string_view text);

}  // namespace kith::caveat
