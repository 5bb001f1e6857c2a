#include "caveat/types/numbers.h"

namespace kith::caveat {

std::optional<double> ParseDouble(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end) return std::nullopt;
  if (error == std::errc()) return value;
  // Out of range, in one direction or the other.
  const size_t exponent = text.find_first_of("eE");
  const bool small = exponent != std::string_view::npos &&
                     text.find('-', exponent) != std::string_view::npos;
  if (!small) return std::nullopt;
  return text.starts_with('-') ? -0.0 : 0.0;
}

}  // namespace kith::caveat
