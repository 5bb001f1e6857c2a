#include "caveat/functions/time_text.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
__extension__ typedef __int128 Int128;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `count` digits off; nullopt: there are not as many.
std::optional<int> TakeDigits(std::string_view* text, size_t count) {
  if (text->size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text->substr(0, count)) {
    if (!IsDigit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text->remove_prefix(count);
  return value;
}

bool TakeChar(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// Numbers of two digits with `separators` between them; the first of six is a
// year, with four.
template <size_t N>
bool TakeFields(std::string_view* text, std::string_view separators,
                int (&fields)[N]) {
  for (size_t i = 0; i < N; ++i) {
    if (i > 0) {
      const char wanted = separators[i - 1];
      const char found = text->empty() ? '\0' : text->front();
      // RFC 3339 lets the T be a small letter.
      if (found != wanted && !(wanted == 'T' && found == 't')) return false;
      text->remove_prefix(1);
    }
    const std::optional<int> field = TakeDigits(text, N == 6 && i == 0 ? 4 : 2);
    if (!field) return false;
    fields[i] = *field;
  }
  return true;
}

// The digits after a decimal point as nanoseconds, further ones ignored.
int64_t TakeFraction(std::string_view* text) {
  int64_t nanos = 0;
  int64_t unit = kNanosPerSecond / 10;
  while (!text->empty() && IsDigit(text->front())) {
    nanos += (text->front() - '0') * unit;
    unit /= 10;
    text->remove_prefix(1);
  }
  return nanos;
}

// `+hh:mm`; the sign may be missing when `sign_optional`. In seconds.
std::optional<int> ParseOffset(std::string_view text, bool sign_optional) {
  const bool negative = TakeChar(&text, '-');
  if (!negative && !TakeChar(&text, '+') && !sign_optional) return std::nullopt;
  int fields[2];
  if (!TakeFields(&text, ":", fields) || !text.empty()) return std::nullopt;
  if (fields[0] > 23 || fields[1] > 59) return std::nullopt;
  const int seconds = fields[0] * 3600 + fields[1] * 60;
  return negative ? -seconds : seconds;
}

bool IsInstalledZone(std::string_view name) {
  const char* const folder = std::getenv("TZDIR");
  std::error_code ignored;
  return std::filesystem::is_regular_file(
      std::filesystem::path(folder != nullptr ? folder
                                              : "/usr/share/zoneinfo") /
          name,
      ignored);
}

std::optional<int64_t> TakeUnit(std::string_view* text) {
  constexpr std::pair<std::string_view, int64_t> kUnits[] = {
      {"ns", 1},
      {"us", 1000},
      {"\xc2\xb5s", 1000},  // micro sign
      {"\xce\xbcs", 1000},  // Greek mu
      {"ms", 1'000'000},
      {"s", kNanosPerSecond},
      {"m", 60 * kNanosPerSecond},
      {"h", 3600 * kNanosPerSecond},
  };
  for (const auto& [name, nanos] : kUnits) {
    if (text->substr(0, name.size()) != name) continue;
    text->remove_prefix(name.size());
    return nanos;
  }
  return std::nullopt;
}

// One `1.5h`, never negative.
std::optional<Int128> TakeTerm(std::string_view* text) {
  constexpr Int128 kMax = Int128{1} << 64;
  Int128 whole = 0;
  size_t digits = 0;
  for (; !text->empty() && IsDigit(text->front()); ++digits) {
    whole = std::min(kMax, whole * 10 + (text->front() - '0'));
    text->remove_prefix(1);
  }
  // Of a unit; 18 digits are more than an hour in nanoseconds needs.
  Int128 fraction = 0;
  Int128 scale = 1;
  if (TakeChar(text, '.')) {
    for (; !text->empty() && IsDigit(text->front()); ++digits) {
      if (scale < 1'000'000'000'000'000'000) {
        fraction = fraction * 10 + (text->front() - '0');
        scale *= 10;
      }
      text->remove_prefix(1);
    }
  }
  if (digits == 0) return std::nullopt;
  const std::optional<int64_t> unit = TakeUnit(text);
  if (!unit) return std::nullopt;
  return whole * *unit + fraction * *unit / scale;
}

}  // namespace

std::optional<int64_t> ParseDuration(std::string_view text) {
  const bool negative = TakeChar(&text, '-');
  if (!negative) TakeChar(&text, '+');
  if (text == "0") return 0;
  if (text.empty()) return std::nullopt;
  constexpr Int128 kMax = Int128{1} << 63;
  Int128 sum = 0;
  while (!text.empty()) {
    const std::optional<Int128> term = TakeTerm(&text);
    if (!term) return std::nullopt;
    sum += *term;
    if (sum > kMax) return std::nullopt;
  }
  if (negative) return static_cast<int64_t>(-sum);
  if (sum == kMax) return std::nullopt;
  return static_cast<int64_t>(sum);
}

std::string DurationText(int64_t nanos) {
  const auto magnitude =
      nanos < 0 ? -static_cast<uint64_t>(nanos) : static_cast<uint64_t>(nanos);
  std::string text =
      fmt::format("{}{}", nanos < 0 ? "-" : "", magnitude / kNanosPerSecond);
  if (const uint64_t rest = magnitude % kNanosPerSecond; rest != 0) {
    text += fmt::format(".{:09}", rest);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + "s";
}

std::optional<absl::Time> ParseTimestamp(std::string_view text) {
  int f[6];  // year to second
  if (!TakeFields(&text, "--T::", f)) return std::nullopt;
  int64_t nanos = 0;
  if (TakeChar(&text, '.')) {
    if (text.empty() || !IsDigit(text.front())) return std::nullopt;
    nanos = TakeFraction(&text);
  }
  std::optional<int> offset = 0;
  if (text != "Z" && text != "z") offset = ParseOffset(text, false);
  const absl::CivilSecond civil(f[0], f[1], f[2], f[3], f[4], f[5]);
  // A field out of range is carried into the others.
  const bool exact = civil.year() == f[0] && civil.month() == f[1] &&
                     civil.day() == f[2] && civil.hour() == f[3] &&
                     civil.minute() == f[4] && civil.second() == f[5];
  if (!offset || !exact) return std::nullopt;
  const absl::Time time = absl::FromCivil(civil, absl::UTCTimeZone()) +
                          absl::Nanoseconds(nanos) - absl::Seconds(*offset);
  if (!IsTimestampInRange(time)) return std::nullopt;
  return time;
}

std::string TimestampText(absl::Time time) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

bool IsTimestampInRange(absl::Time time) {
  static const absl::Time first = absl::FromUnixSeconds(-62'135'596'800);
  static const absl::Time end = absl::FromUnixSeconds(253'402'300'800);
  return time >= first && time < end;
}

std::optional<absl::TimeZone> ParseTimeZone(std::string_view text) {
  if (const auto offset = ParseOffset(text, true)) {
    return absl::FixedTimeZone(*offset);
  }
  // A name becomes the path of a file: no way out of the database's folder.
  constexpr size_t kNameBytesMax = 32;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) ||
           c == '/' || c == '_' || c == '-' || c == '+';
  };
  if (text.empty() || text.size() > kNameBytesMax || text[0] == '/' ||
      !std::all_of(text.begin(), text.end(), allowed)) {
    return std::nullopt;
  }
  if (text == "UTC") return absl::UTCTimeZone();
  // Loading remembers every name for good, also those that are none.
  if (!IsInstalledZone(text)) return std::nullopt;
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(absl::string_view(text.data(), text.size()), &zone)) {
    return std::nullopt;
  }
  return zone;
}

}  // namespace kith::caveat
