#include "model/utf8.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/escaping.h"

namespace kith {
namespace {

// Length of the code point that `text` begins with and its value; length 0
// when it is malformed.
struct CodePoint {
  size_t length;
  uint32_t value;
};

CodePoint DecodeFirst(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {0, 0};
  uint32_t value = lead & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    value = value << 6 | (byte(i) & 0x3f);
  }
  const bool overlong =
      (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return {0, 0};
  return {length, value};
}

template <typename Refuse>
bool Scan(std::string_view text, Refuse refuse) {
  while (!text.empty()) {
    const CodePoint point = DecodeFirst(text);
    if (point.length == 0 || refuse(point.value)) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

// For between quotes: printable, and as readable as can be.
std::string Escaped(const std::string& text) {
  if (IsPrintableUtf8(text) && text.find_first_of("\"\\") == text.npos) {
    return text;
  }
  if (IsUtf8(text)) {
    // This leaves C1 controls as they are.
    std::string escaped = absl::Utf8SafeCHexEscape(text);
    if (IsPrintableUtf8(escaped)) return escaped;
  }
  return absl::CHexEscape(text);
}

}  // namespace

bool IsUtf8(std::string_view text) {
  return Scan(text, [](uint32_t) { return false; });
}

bool IsPrintableUtf8(std::string_view text) {
  return Scan(text,
              [](uint32_t c) { return c < 0x20 || (c >= 0x7f && c <= 0x9f); });
}

std::string Quoted(std::string_view text) {
  constexpr size_t kMaxBytes = 128;
  std::string out = "\"";
  size_t cut = text.size();
  if (cut > kMaxBytes) {
    cut = kMaxBytes;
    // Not through a character, so that what is left stays UTF-8.
    while (cut > kMaxBytes - 4 && (text[cut] & 0xc0) == 0x80) --cut;
  }
  out += Escaped(std::string(text.substr(0, cut)));
  if (cut < text.size()) out += "...";
  return out + "\"";
}

}  // namespace kith
