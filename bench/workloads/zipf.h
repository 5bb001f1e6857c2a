#pragma once

#include <cstdint>

#include "workloads/random.h"

namespace kith::bench {

// Ranks below `count` with probability proportional to 1 / (rank + 1)^0.99, as
// is usual for keys of caches. Constant time and memory at any count, by
// rejection from the integral of the density (Hoermann and Derflinger 1996).
// Immutable.
class Zipf {
 public:
  static constexpr double kExponent = 0.99;

  // `count` is positive.
  explicit Zipf(uint64_t count);

  uint64_t count() const { return count_; }
  uint64_t Sample(Random* random) const;

 private:
  uint64_t count_;
  double low_;      // the integral where rank 0's share begins
  double high_;     // where the last rank's share ends
  double squeeze_;  // ranks this near to the point need no rejection test
};

}  // namespace kith::bench
