#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kith {

// Fixed-width integers are big-endian, so that encoded keys sort as numbers.
inline void PutU16(std::string* out, uint16_t v) {
  const char bytes[] = {static_cast<char>(v >> 8), static_cast<char>(v)};
  out->append(bytes, sizeof(bytes));
}
void PutU32(std::string* out, uint32_t v);
void PutU64(std::string* out, uint64_t v);
// LEB128.
inline void PutVarint(std::string* out, uint64_t v) {
  for (; v >= 0x80; v >>= 7) out->push_back(static_cast<char>(v | 0x80));
  out->push_back(static_cast<char>(v));
}
inline void PutLengthPrefixed(std::string* out, std::string_view bytes) {
  PutVarint(out, bytes.size());
  out->append(bytes);
}

// Reads what the Put functions wrote. Bytes are not trusted: a read past the
// end or a malformed varint makes ok() false for good, and from then on every
// read gives zero or an empty view. Views point into the input.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool empty() const { return rest_.empty(); }
  // Decoded without error and to the end.
  bool done() const { return ok_ && rest_.empty(); }
  std::string_view rest() const { return rest_; }

  uint8_t U8() { return Number<uint8_t>(); }
  uint16_t U16() { return Number<uint16_t>(); }
  uint32_t U32() { return Number<uint32_t>(); }
  uint64_t U64() { return Number<uint64_t>(); }
  uint64_t Varint();
  std::string_view LengthPrefixed();
  // The bytes before the next `stop`, which is consumed too.
  std::string_view Until(char stop) {
    const size_t at = rest_.find(stop);
    if (at == std::string_view::npos) return Fail();
    const std::string_view taken = rest_.substr(0, at);
    rest_.remove_prefix(at + 1);
    return taken;
  }

 private:
  std::string_view Fail() {
    ok_ = false;
    return rest_ = {};
  }
  std::string_view Take(size_t n) {
    if (rest_.size() < n) return Fail();
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  template <typename T>
  T Number() {
    const std::string_view bytes = Take(sizeof(T));
    if (bytes.empty()) return 0;
    T v = 0;  // a fixed count, which compilers make one load
    for (size_t i = 0; i < sizeof(T); ++i) {
      v = static_cast<T>(uint64_t{v} << 8 | static_cast<uint8_t>(bytes[i]));
    }
    return v;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace kith
