#include "model/rfc3339.h"

namespace kith {
namespace {

constexpr char kWithOffset[] = "%E4Y-%m-%d%ET%H:%M:%E*S%Ez";
constexpr char kWithoutOffset[] = "%E4Y-%m-%d%ET%H:%M:%E*S";

}  // namespace

std::optional<absl::Time> ParseRfc3339(std::string_view text) {
  // ParseTime skips spaces, takes signed years and knows "infinite-future".
  if (text.empty() || text[0] < '0' || text[0] > '9' ||
      text.find_first_not_of("0123456789-+:.TtZz") != std::string_view::npos) {
    return std::nullopt;
  }
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(kWithOffset, absl::string_view(text.data(), text.size()),
                       &time, &error)) {
    return std::nullopt;
  }
  return time;
}

std::string ToRfc3339(absl::Time time) {
  return absl::FormatTime(kWithoutOffset, time, absl::UTCTimeZone()) + "Z";
}

}  // namespace kith
