#pragma once

#include <cstdint>
#include <string_view>

namespace kith::engine {

// The first eight bytes of a text as a number, as if zero bytes followed it, so
// that a text with a lesser number is less; equal numbers tell nothing.
inline uint64_t LeadingBytes(std::string_view text) {
  uint64_t number = 0;
  if (text.size() >= sizeof(number)) {
    __builtin_memcpy(&number, text.data(), sizeof(number));
  } else {
    __builtin_memcpy(&number, text.data(), text.size());
  }
  return __builtin_bswap64(number);
}

}  // namespace kith::engine
