#include "workloads/shuffle.h"

#include <bit>

#include "workloads/random.h"

namespace kith::bench {

Shuffle::Shuffle(uint64_t count, uint64_t seed)
    : count_(count),
      seed_(seed),
      half_bits_((std::bit_width(count | 3) + 1) / 2) {}

// A Feistel network is a bijection of the next power of four; steps that leave
// the range are repeated until they come back to it.
uint64_t Shuffle::At(uint64_t i) const {
  uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  do {
    uint64_t left = i >> half_bits_;
    uint64_t right = i & mask;
    for (uint64_t round = 0; round < 4; ++round) {
      uint64_t mixed = left ^ (Mix(right ^ Mix(seed_ + round)) & mask);
      left = right;
      right = mixed;
    }
    i = left << half_bits_ | right;
  } while (i >= count_);
  return i;
}

}  // namespace kith::bench
