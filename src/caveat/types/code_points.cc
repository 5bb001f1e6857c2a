#include "caveat/types/code_points.h"

#include <algorithm>

namespace kith::caveat {
namespace {

bool IsContinuation(char c) { return (c & 0xc0) == 0x80; }

bool IsScalar(uint32_t code_point) {
  return code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
}

}  // namespace

int32_t TakeCodePoint(std::string_view* text) {
  const std::string_view all = *text;
  const auto lead = static_cast<uint8_t>(all[0]);
  text->remove_prefix(1);
  if (lead < 0x80) return lead;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || all.size() < length) return -1;
  uint32_t code_point = lead & (0x7f >> length);
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(all[i])) return -1;
    code_point = code_point << 6 | (all[i] & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code_point < kLeast[length] || !IsScalar(code_point)) return -1;
  text->remove_prefix(length - 1);
  return static_cast<int32_t>(code_point);
}

bool AppendCodePoint(uint32_t code_point, std::string* out) {
  if (!IsScalar(code_point)) return false;
  const auto put = [out](uint32_t byte) {
    out->push_back(static_cast<char>(byte));
  };
  if (code_point < 0x80) {
    put(code_point);
    return true;
  }
  if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
  }
  put(0x80 | (code_point & 0x3f));
  return true;
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    if (TakeCodePoint(&text) < 0) return false;
  }
  return true;
}

std::string_view Excerpt(std::string_view text) {
  size_t end = 64;
  if (text.size() <= end) return text;
  while (end > 0 && IsContinuation(text[end])) --end;
  return text.substr(0, end);
}

size_t CountCodePoints(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(
                           text.begin(), text.end(), IsContinuation));
}

}  // namespace kith::caveat
