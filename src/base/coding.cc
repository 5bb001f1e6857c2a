#include "base/coding.h"

namespace kith {
namespace {

template <typename T>
void PutBigEndian(std::string* out, T v) {
  char bytes[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes[i] = static_cast<char>(v >> (8 * (sizeof(T) - 1 - i)));
  }
  out->append(bytes, sizeof(T));
}

}  // namespace

void PutU32(std::string* out, uint32_t v) { PutBigEndian(out, v); }
void PutU64(std::string* out, uint64_t v) { PutBigEndian(out, v); }

uint64_t Decoder::Varint() {
  uint64_t v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = U8();
    if (!ok_) return 0;
    if (shift == 63 && byte > 1) break;  // more than 64 bits
    v |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return v;
  }
  Fail();
  return 0;
}

std::string_view Decoder::LengthPrefixed() {
  const uint64_t size = Varint();
  return Take(size);
}

}  // namespace kith
