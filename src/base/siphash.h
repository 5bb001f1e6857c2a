#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kith {

// SipHash-2-4 with 16 bytes of output (Aumasson and Bernstein, "SipHash: a fast
// short-input PRF", 2012): a code that nobody can make without the key. A copy
// goes on by itself from what the original has taken in.
class SipHash128 {
 public:
  static constexpr size_t kKeyBytes = 16;
  using Code = std::array<char, 16>;

  // `key` has kKeyBytes.
  explicit SipHash128(std::string_view key);

  // Takes in more of the text.
  void Update(std::string_view bytes);
  // Of everything taken in; then it is used up.
  Code Finish();

 private:
  struct State {
    uint64_t v0;
    uint64_t v1;
    uint64_t v2;
    uint64_t v3;

    void Round();
    void Compress(uint64_t word);
  };

  State state_;
  uint64_t size_ = 0;  // of the text, in bytes
  uint64_t rest_ = 0;  // its last size_ % 8 bytes
};

}  // namespace kith
