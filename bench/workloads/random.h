#pragma once

#include <cstdint>

namespace kith::bench {

// A bijection of 64-bit numbers without pattern: the finaliser of SplitMix64.
constexpr uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// `hash` as a number below `bound`, which is positive; even to 1 in
// 2^64 / bound.
constexpr uint64_t Reduce(uint64_t hash, uint64_t bound) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((static_cast<Wide>(hash) * bound) >> 64);
}

// Random numbers of a seed, the same on every machine. One thread at a time.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(Mix(seed)) {}

  uint64_t Next() { return Mix(state_++); }
  uint64_t Below(uint64_t bound) { return Reduce(Next(), bound); }
  // In [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

 private:
  uint64_t state_;
};

}  // namespace kith::bench
