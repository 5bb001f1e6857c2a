#include "caveat/syntax/escapes.h"

#include <cstdint>
#include <optional>

#include "caveat/syntax/source.h"
#include "caveat/types/code_points.h"

namespace kith::caveat {
namespace {

std::optional<char> SimpleEscape(char c) {
  constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
  const size_t i = kLetters.find(c);
  if (i == std::string_view::npos) return std::nullopt;
  return kMeanings[i];
}

int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

// The number of exactly `digits` digits; nullopt when there are not as many.
std::optional<uint32_t> ParseDigits(std::string_view text, size_t digits,
                                    int base) {
  if (text.size() < digits) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(0, digits)) {
    if (DigitValue(c) >= base) return std::nullopt;
    value = value * base + DigitValue(c);
  }
  return value;
}

struct NumericEscape {
  size_t prefix;  // characters between the backslash and the digits
  size_t digits;
  int base;
};

std::optional<NumericEscape> NumericEscapeOf(char c, bool is_bytes) {
  if (c >= '0' && c <= '3') return NumericEscape{0, 3, 8};
  if (c == 'x' || c == 'X') return NumericEscape{1, 2, 16};
  if (is_bytes) return std::nullopt;
  if (c == 'u') return NumericEscape{1, 4, 16};
  if (c == 'U') return NumericEscape{1, 8, 16};
  return std::nullopt;
}

// Appends what the escape after the backslash at the front of `rest` means and
// takes it off; false: there is no such escape.
bool TakeEscape(std::string_view* rest, bool is_bytes, std::string* out) {
  rest->remove_prefix(1);
  if (rest->empty()) return false;
  const char c = rest->front();
  if (const std::optional<char> simple = SimpleEscape(c)) {
    out->push_back(*simple);
    rest->remove_prefix(1);
    return true;
  }
  const auto escape = NumericEscapeOf(c, is_bytes);
  if (!escape) return false;
  rest->remove_prefix(escape->prefix);
  const auto value = ParseDigits(*rest, escape->digits, escape->base);
  if (!value) return false;
  rest->remove_prefix(escape->digits);
  if (!is_bytes) return AppendCodePoint(*value, out);
  out->push_back(static_cast<char>(*value));
  return true;
}

}  // namespace

absl::StatusOr<std::string> Unescape(std::string_view text, size_t offset,
                                     std::string_view body, bool is_bytes) {
  std::string out;
  std::string_view rest = body;
  while (!rest.empty()) {
    const size_t at = offset + (body.size() - rest.size());
    const size_t plain = std::min(rest.find('\\'), rest.size());
    out.append(rest.substr(0, plain));
    rest.remove_prefix(plain);
    if (rest.empty()) break;
    if (!TakeEscape(&rest, is_bytes, &out)) {
      return SyntaxError(text, at + plain, "invalid escape sequence");
    }
  }
  return out;
}

}  // namespace kith::caveat
