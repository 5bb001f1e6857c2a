#pragma once

#include <cstdint>

namespace kith::bench {

// The numbers below `count` in a random order, computed one by one: number
// `i` of the order is At(i). Immutable.
class Shuffle {
 public:
  // `count` is positive.
  Shuffle(uint64_t count, uint64_t seed);

  uint64_t At(uint64_t i) const;

 private:
  uint64_t count_;
  uint64_t seed_;
  int half_bits_;  // 4^half_bits_ is at least count_
};

}  // namespace kith::bench
