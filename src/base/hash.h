#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kith {

inline uint64_t Hash64(std::string_view bytes, uint64_t seed = 0) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

// 16 bytes that tell texts apart. Stored schemas and cursors carry it: never
// changed.
std::string Hash128(std::string_view bytes);

// Lets flat_hash_map<std::string, T, StringHash, std::equal_to<>> be looked up
// by view without a copy.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return Hash64(s); }
};

}  // namespace kith
