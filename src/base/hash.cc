#include "base/hash.h"

#include "base/coding.h"

namespace kith {

std::string Hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  std::string out;
  PutU64(&out, hash.high64);
  PutU64(&out, hash.low64);
  return out;
}

}  // namespace kith
