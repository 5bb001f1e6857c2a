#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "caveat/limits.h"

namespace kith::caveat {

// What one evaluation may still spend. Once spent it stays exhausted, and the
// evaluation as a whole is an error, whatever && or || made of its parts.
class Budget {
 public:
  explicit Budget(const Limits& limits)
      : limits_(limits), steps_(limits.steps_max), bytes_(limits.bytes_max) {}

  // False: not enough left; nothing may be done that was to be paid for.
  bool Steps(uint64_t count) { return Take(count, &steps_); }
  bool Bytes(size_t count) { return Take(count, &bytes_); }
  // Looking at `bytes` of text once, at about the cost of a step each 64.
  bool Scan(size_t bytes) { return Steps(bytes / 64); }
  // Searching `text` bytes for `pattern` bytes, in the worst case.
  bool Search(size_t text, size_t pattern) {
    return Steps(text / 16) && Steps(uint64_t{text} * pattern / 1024);
  }

  bool exhausted() const { return exhausted_; }
  // RESOURCE_EXHAUSTED with the limit that was hit.
  absl::Status ExhaustedError() const;

 private:
  bool Take(uint64_t count, uint64_t* left) {
    if (exhausted_ || count > *left) {
      if (!exhausted_) out_of_steps_ = left == &steps_;
      exhausted_ = true;
      return false;
    }
    *left -= count;
    return true;
  }

  const Limits& limits_;
  uint64_t steps_;
  uint64_t bytes_;
  bool exhausted_ = false;
  bool out_of_steps_ = false;
};

}  // namespace kith::caveat
