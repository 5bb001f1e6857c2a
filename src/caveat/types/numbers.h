#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace kith::caveat {

// The whole of `text` as an integer, with or without a sign; nullopt: it is
// none, or out of range.
template <typename Integer>
std::optional<Integer> ParseInteger(std::string_view text, int base = 10) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  Integer value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// The same for a decimal number, NaN or Infinity. What is too small is zero,
// what is too large is nullopt.
std::optional<double> ParseDouble(std::string_view text);

}  // namespace kith::caveat
