#pragma once

#include <cstdint>
#include <vector>

#include "workloads/random.h"
#include "workloads/zipf.h"

namespace kith::bench {

// How often which object is asked about.
enum class Keys : uint8_t {
  kUniform,
  kZipf,  // few very often, most hardly ever
};

// Random choices of a seed. One thread at a time.
class Draw {
 public:
  Draw(uint64_t seed, Keys keys) : random_(seed), keys_(keys) {}

  // One of `count` objects, which is positive; under kZipf the popular ones
  // are scattered over the range, the same ones for every seed.
  uint64_t Key(uint64_t count);

  // Evenly.
  uint64_t Below(uint64_t bound) { return random_.Below(bound); }
  bool OneIn(uint64_t bound) { return random_.Below(bound) == 0; }

 private:
  const Zipf& ZipfOf(uint64_t count);

  Random random_;
  Keys keys_;
  std::vector<Zipf> zipfs_;  // of the counts asked for so far: a handful
};

}  // namespace kith::bench
