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
void PutVarint(std::string* out, uint64_t v);
void PutLengthPrefixed(std::string* out, std::string_view bytes);

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

  uint8_t U8();
  uint16_t U16();
  uint32_t U32();
  uint64_t U64();
  uint64_t Varint();
  std::string_view LengthPrefixed();
  // The bytes before the next `stop`, which is consumed too.
  std::string_view Until(char stop);

 private:
  std::string_view Take(size_t n);

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace kith
