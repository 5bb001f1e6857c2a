#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
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
      bytes_ += size;
      last_size_ = size;
    }
    std::memcpy(free_, text.data(), text.size());
    const std::string_view kept(free_, text.size());
    free_ += text.size();
    left_ -= text.size();
    return kept;
  }

  // Gives up all texts, and keeps memory for about as many short ones.
  void Clear() {
    if (chunks_.empty()) return;
    if (chunks_.size() > 1) {
      chunks_.front() = std::move(chunks_.back());
      chunks_.resize(1);
    }
    bytes_ = last_size_;
    free_ = chunks_.front().get();
    left_ = last_size_;
  }

  // What it takes of memory.
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kLargestChunk = 64 << 10;

  std::vector<std::unique_ptr<char[]>> chunks_;
  size_t next_chunk_ = 512;
  char* free_ = nullptr;  // the unused end of the last chunk
  size_t left_ = 0;
  size_t bytes_ = 0;
  size_t last_size_ = 0;  // of the last chunk
};

}  // namespace kith::engine
