#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace kith::engine {

// Owns the bytes of many short texts, packed, until all go together. The views
// it gives stay valid when it is moved; what it was moved from may only be
// destroyed. Not thread-safe.
class IdArena {
 public:
  std::string_view Keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > left_) {
      const size_t size = std::max(next_chunk_, text.size());
      next_chunk_ = std::min(2 * next_chunk_, kLargestChunk);
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
      free_ = chunks_.back().get();
      left_ = size;
    }
    std::memcpy(free_, text.data(), text.size());
    const std::string_view kept(free_, text.size());
    free_ += text.size();
    left_ -= text.size();
    return kept;
  }

 private:
  static constexpr size_t kLargestChunk = 64 << 10;

  std::vector<std::unique_ptr<char[]>> chunks_;
  size_t next_chunk_ = 512;
  char* free_ = nullptr;  // the unused end of the last chunk
  size_t left_ = 0;
};

}  // namespace kith::engine
