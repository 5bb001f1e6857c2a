#include "tools/kith/expiry.h"

#include <fmt/format.h>

#include "absl/strings/numbers.h"
#include "model/rfc3339.h"
#include "tools/kith/errors.h"

namespace kith::tool {
namespace {

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

absl::StatusOr<absl::Time> ParseExpiry(std::string_view text, absl::Time now) {
  if (text.starts_with('+')) {
    const std::string_view amount = text.substr(1);
    int64_t days = 0;
    if (amount.ends_with('d') &&
        absl::SimpleAtoi(View(amount.substr(0, amount.size() - 1)), &days) &&
        days > 0) {
      return now + days * absl::Hours(24);
    }
    absl::Duration duration;
    if (absl::ParseDuration(View(amount), &duration) &&
        duration > absl::ZeroDuration()) {
      return now + duration;
    }
  } else {
    const std::optional<absl::Time> time = ParseRfc3339(text);
    if (time) return *time;
  }
  return UsageError(fmt::format(
      "\"{}\" is no expiry: give a time as \"2030-01-31T12:00:00Z\" or a "
      "duration from now as \"+1h30m\" or \"+7d\"",
      text));
}

}  // namespace kith::tool
