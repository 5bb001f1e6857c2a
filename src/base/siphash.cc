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
  state_ = {.v0 = k0 ^ 0x736f6d6570736575,
            .v1 = k1 ^ 0x646f72616e646f6d ^ 0xee,
            .v2 = k0 ^ 0x6c7967656e657261,
            .v3 = k1 ^ 0x7465646279746573};
}

inline void SipHash128::State::Round() {
  v0 += v1;
  v2 += v3;
  v1 = std::rotl(v1, 13) ^ v0;
  v3 = std::rotl(v3, 16) ^ v2;
  v0 = std::rotl(v0, 32);
  v2 += v1;
  v0 += v3;
  v1 = std::rotl(v1, 17) ^ v2;
  v3 = std::rotl(v3, 21) ^ v0;
  v2 = std::rotl(v2, 32);
}

inline void SipHash128::State::Compress(uint64_t word) {
  v3 ^= word;
  Round();
  Round();
  v0 ^= word;
}

void SipHash128::Update(std::string_view bytes) {
  const size_t held = size_ % kWord;
  size_ += bytes.size();
  State state = state_;  // in registers
  if (held > 0) {
    const size_t take = std::min(kWord - held, bytes.size());
    rest_ |= Load(bytes.substr(0, take)) << (8 * held);
    bytes.remove_prefix(take);
    if (held + take < kWord) return;
    state.Compress(rest_);
  }
  while (bytes.size() >= kWord) {
    state.Compress(Load(bytes.substr(0, kWord)));
    bytes.remove_prefix(kWord);
  }
  rest_ = Load(bytes);
  state_ = state;
}

SipHash128::Code SipHash128::Finish() {
  State state = state_;
  state.Compress(size_ << 56 | rest_);
  Code code;
  state.v2 ^= 0xee;
  for (int i = 0; i < 4; ++i) state.Round();
  Store(state.v0 ^ state.v1 ^ state.v2 ^ state.v3, code.data());
  state.v1 ^= 0xdd;
  for (int i = 0; i < 4; ++i) state.Round();
  Store(state.v0 ^ state.v1 ^ state.v2 ^ state.v3, code.data() + kWord);
  return code;
}

}  // namespace kith
