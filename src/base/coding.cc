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

uint64_t ReadBigEndian(std::string_view bytes) {
  uint64_t v = 0;
  for (const char c : bytes) v = v << 8 | static_cast<uint8_t>(c);
  return v;
}

}  // namespace

void PutU32(std::string* out, uint32_t v) { PutBigEndian(out, v); }
void PutU64(std::string* out, uint64_t v) { PutBigEndian(out, v); }

void PutVarint(std::string* out, uint64_t v) {
  while (v >= 0x80) {
    out->push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out->push_back(static_cast<char>(v));
}

void PutLengthPrefixed(std::string* out, std::string_view bytes) {
  PutVarint(out, bytes.size());
  out->append(bytes);
}

std::string_view Decoder::Take(size_t n) {
  if (!ok_ || rest_.size() < n) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view taken = rest_.substr(0, n);
  rest_.remove_prefix(n);
  return taken;
}

uint8_t Decoder::U8() { return static_cast<uint8_t>(ReadBigEndian(Take(1))); }
uint16_t Decoder::U16() {
  return static_cast<uint16_t>(ReadBigEndian(Take(2)));
}
uint32_t Decoder::U32() {
  return static_cast<uint32_t>(ReadBigEndian(Take(4)));
}
uint64_t Decoder::U64() { return ReadBigEndian(Take(8)); }

uint64_t Decoder::Varint() {
  uint64_t v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = U8();
    if (!ok_) return 0;
    if (shift == 63 && byte > 1) break;  // more than 64 bits
    v |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return v;
  }
  ok_ = false;
  rest_ = {};
  return 0;
}

std::string_view Decoder::LengthPrefixed() {
  const uint64_t size = Varint();
  return Take(size);
}

std::string_view Decoder::Until(char stop) {
  const size_t at = rest_.find(stop);
  if (at == std::string_view::npos) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view taken = Take(at);
  Take(1);
  return taken;
}

}  // namespace kith
