#include "absl/time/time.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "caveat/functions/results.h"
#include "caveat/functions/time_text.h"
#include "caveat/types/code_points.h"
#include "fmt/format.h"

// Arithmetic and parts of timestamps and durations. What leaves the years 1 to
// 9999, or 64 bits of nanoseconds, is an error.

namespace kith::caveat {
namespace {

using Call = const Invocation&;

constexpr int64_t kNanosPerSecond = 1'000'000'000;

CelValue OutOfRange(std::string_view what) {
  return CelValue::Error(std::string(what) + " out of range");
}

CelValue AddDurations(Call call) {
  int64_t sum;
  if (__builtin_add_overflow(call[0].AsNanos(), call[1].AsNanos(), &sum)) {
    return OutOfRange("duration");
  }
  return CelValue::Duration(sum);
}

CelValue SubtractDurations(Call call) {
  int64_t difference;
  if (__builtin_sub_overflow(call[0].AsNanos(), call[1].AsNanos(),
                             &difference)) {
    return OutOfRange("duration");
  }
  return CelValue::Duration(difference);
}

CelValue Moved(absl::Time time, absl::Duration by) {
  const absl::Time moved = time + by;
  if (!IsTimestampInRange(moved)) return OutOfRange("timestamp");
  return CelValue::Timestamp(moved);
}

CelValue AddToTimestamp(Call call) {
  return Moved(call[0].AsTime(), absl::Nanoseconds(call[1].AsNanos()));
}
CelValue AddTimestamp(Call call) {
  return Moved(call[1].AsTime(), absl::Nanoseconds(call[0].AsNanos()));
}
CelValue SubtractFromTimestamp(Call call) {
  return Moved(call[0].AsTime(), -absl::Nanoseconds(call[1].AsNanos()));
}

CelValue SubtractTimestamps(Call call) {
  const absl::Duration difference = call[0].AsTime() - call[1].AsTime();
  const int64_t nanos = absl::ToInt64Nanoseconds(difference);  // saturates
  if (absl::Nanoseconds(nanos) != difference) return OutOfRange("duration");
  return CelValue::Duration(nanos);
}

// A part of a timestamp in a time zone.
using Part = int64_t (*)(const absl::TimeZone::CivilInfo&);

template <Part part>
CelValue OfTimestamp(Call call) {
  return CelValue::Int(part(absl::UTCTimeZone().At(call[0].AsTime())));
}

absl::StatusOr<std::shared_ptr<const void>> PrepareZone(const CelValue& name) {
  const std::optional<absl::TimeZone> zone = ParseTimeZone(name.AsString());
  if (!zone) {
    return absl::InvalidArgumentError(
        fmt::format("unknown time zone \"{}\"", Excerpt(name.AsString())));
  }
  return std::make_shared<const absl::TimeZone>(*zone);
}

template <Part part>
CelValue OfLocalTime(Call call) {
  std::shared_ptr<const void> loaded;
  const void* zone = call.prepared;
  if (zone == nullptr) {
    // A look at the file system.
    if (!call.budget.Steps(100)) return OverBudget();
    auto prepared = PrepareZone(call[1]);
    if (!prepared.ok()) {
      return CelValue::Error(std::string(prepared.status().message()));
    }
    loaded = *std::move(prepared);
    zone = loaded.get();
  }
  return CelValue::Int(
      part(static_cast<const absl::TimeZone*>(zone)->At(call[0].AsTime())));
}

using Info = absl::TimeZone::CivilInfo;

int64_t FullYear(const Info& at) { return at.cs.year(); }
int64_t Month(const Info& at) { return at.cs.month() - 1; }
int64_t Date(const Info& at) { return at.cs.day(); }
int64_t DayOfMonth(const Info& at) { return at.cs.day() - 1; }
int64_t DayOfYear(const Info& at) {
  return absl::GetYearDay(absl::CivilDay(at.cs)) - 1;
}
int64_t DayOfWeek(const Info& at) {
  // Sunday is 0.
  return (static_cast<int64_t>(absl::GetWeekday(at.cs)) + 1) % 7;
}
int64_t Hours(const Info& at) { return at.cs.hour(); }
int64_t Minutes(const Info& at) { return at.cs.minute(); }
int64_t Seconds(const Info& at) { return at.cs.second(); }
int64_t Milliseconds(const Info& at) {
  return absl::ToInt64Milliseconds(at.subsecond);
}

// The whole duration in that unit.
template <int64_t nanos_per_unit>
CelValue OfDuration(Call call) {
  return CelValue::Int(call[0].AsNanos() / nanos_per_unit);
}

#define KITH_PART(name, part)                                        \
  {name, "timestamp", "int", OfTimestamp<part>}, {                   \
    name, "timestamp; string", "int", OfLocalTime<part>, PrepareZone \
  }

constexpr OverloadRow kRows[] = {
    {"+", "duration; duration", "duration", AddDurations},
    {"+", "timestamp; duration", "timestamp", AddToTimestamp},
    {"+", "duration; timestamp", "timestamp", AddTimestamp},
    {"-", "duration; duration", "duration", SubtractDurations},
    {"-", "timestamp; duration", "timestamp", SubtractFromTimestamp},
    {"-", "timestamp; timestamp", "duration", SubtractTimestamps},
    KITH_PART(".getFullYear", FullYear),
    KITH_PART(".getMonth", Month),
    KITH_PART(".getDate", Date),
    KITH_PART(".getDayOfMonth", DayOfMonth),
    KITH_PART(".getDayOfYear", DayOfYear),
    KITH_PART(".getDayOfWeek", DayOfWeek),
    KITH_PART(".getHours", Hours),
    KITH_PART(".getMinutes", Minutes),
    KITH_PART(".getSeconds", Seconds),
    KITH_PART(".getMilliseconds", Milliseconds),
    {".getHours", "duration", "int", OfDuration<3600 * kNanosPerSecond>},
    {".getMinutes", "duration", "int", OfDuration<60 * kNanosPerSecond>},
    {".getSeconds", "duration", "int", OfDuration<kNanosPerSecond>},
    {".getMilliseconds", "duration", "int", OfDuration<1'000'000>},
};

#undef KITH_PART

}  // namespace

std::span<const OverloadRow> TimeFunctions() { return kRows; }

}  // namespace kith::caveat
