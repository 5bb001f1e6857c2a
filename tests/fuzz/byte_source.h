#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/expect.h"

namespace kith::fuzz {

// Takes values off the front of a fuzzer's input. At its end all numbers are 0
// and all texts empty, so that every input means something.
class ByteSource {
 public:
  ByteSource(const uint8_t* data, size_t size) : rest_(AsText(data, size)) {}

  bool empty() const { return rest_.empty(); }

  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  bool Flag() { return (Byte() & 1) != 0; }
  // Below `end`, which is not 0.
  uint32_t Below(uint32_t end) {
    return (end <= 256 ? Byte() : (Byte() << 8 | Byte())) % end;
  }
  uint64_t Number(int bytes) {
    uint64_t number = 0;
    for (int i = 0; i < bytes; ++i) number = number << 8 | Byte();
    return number;
  }
  // A length byte, then that many bytes.
  std::string Text(size_t most = 255) {
    return Take(std::min<size_t>(Byte(), most));
  }
  std::string Rest() { return Take(rest_.size()); }

 private:
  std::string Take(size_t size) {
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(text.size());
    return std::string(text);
  }

  std::string_view rest_;
};

}  // namespace kith::fuzz
