#include "base/siphash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace kith {
namespace {

constexpr size_t kWord = sizeof(uint64_t);

// At most a word, little-endian, as if zero bytes followed.
uint64_t Load(std::string_view bytes) {
  uint64_t word = 0;
  if (bytes.size() == kWord) {
    std::memcpy(&word, bytes.data(), kWord);
  } else {
    std::memcpy(&word, bytes.data(), bytes.size());
  }
  if constexpr (std::endian::native == std::endian::big) {
    word = __builtin_bswap64(word);
  }
  return word;
}

void Store(uint64_t word, char* out) {
  if constexpr (std::endian::native == std::endian::big) {
    word = __builtin_bswap64(word);
  }
  std::memcpy(out, &word, kWord);
}

}  // namespace

SipHash128::SipHash128(std::string_view key) {
  const uint64_t k0 = Load(key.substr(0, kWord));
  const uint64_t k1 = Load(key.substr(kWord, kWord));
  v0_ = k0 ^ 0x736f6d6570736575;
  v1_ = k1 ^ 0x646f72616e646f6d ^ 0xee;
  v2_ = k0 ^ 0x6c7967656e657261;
  v3_ = k1 ^ 0x7465646279746573;
}

void SipHash128::Rounds(int count) {
  for (int i = 0; i < count; ++i) {
    v0_ += v1_;
    v2_ += v3_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v1_;
    v0_ += v3_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ = std::rotl(v2_, 32);
  }
}

void SipHash128::Compress(uint64_t word) {
  v3_ ^= word;
  Rounds(2);
  v0_ ^= word;
}

void SipHash128::Update(std::string_view bytes) {
  const size_t held = size_ % kWord;
  size_ += bytes.size();
  if (held > 0) {
    const size_t take = std::min(kWord - held, bytes.size());
    rest_ |= Load(bytes.substr(0, take)) << (8 * held);
    bytes.remove_prefix(take);
    if (held + take < kWord) return;
    Compress(rest_);
  }
  while (bytes.size() >= kWord) {
    Compress(Load(bytes.substr(0, kWord)));
    bytes.remove_prefix(kWord);
  }
  rest_ = Load(bytes);
}

SipHash128::Code SipHash128::Finish() {
  Compress(size_ << 56 | rest_);
  Code code;
  v2_ ^= 0xee;
  Rounds(4);
  Store(v0_ ^ v1_ ^ v2_ ^ v3_, code.data());
  v1_ ^= 0xdd;
  Rounds(4);
  Store(v0_ ^ v1_ ^ v2_ ^ v3_, code.data() + kWord);
  return code;
}

}  // namespace kith
