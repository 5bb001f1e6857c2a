#pragma once

#include <cstdint>
#include <string_view>

#include "kith/database.h"

namespace kith::property {

// How large a database's caches are. No answer depends on it.
enum class CacheSetting : uint8_t {
  kDefault,
  kOff,
  // Some entries, which evict each other; hashes of 4 bits, so that keys share
  // them; 4 stripes, so that most writes concern most entries.
  kSmallest,
};
inline constexpr CacheSetting kCacheSettings[] = {
    CacheSetting::kDefault, CacheSetting::kOff, CacheSetting::kSmallest};

inline std::string_view Name(CacheSetting setting) {
  switch (setting) {
    case CacheSetting::kDefault:
      return "with caches";
    case CacheSetting::kOff:
      return "without caches";
    case CacheSetting::kSmallest:
      return "with the smallest caches";
  }
  return "";
}

// Answers are not compared with those of no caches on the way, which would put
// them right.
inline void SetCaches(CacheSetting setting, Options* options) {
  options->shadow_check_interval = 0;
  if (setting == CacheSetting::kDefault) return;
  const bool off = setting == CacheSetting::kOff;
  options->row_cache_bytes = off ? 0 : 4096;
  options->result_cache_bytes = off ? 0 : 4096;
  options->cache_hash_bits = 4;
  options->change_stripes = 4;
}

}  // namespace kith::property
