#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace kith::support {

// The seed of a random test: KITH_SEED of the environment, which replays a run
// whose failure printed it, else a new one. The test puts it into its trace.
inline uint64_t RandomSeed() {
  const char* seed = std::getenv("KITH_SEED");
  return seed != nullptr ? std::strtoull(seed, nullptr, 10)
                         : std::random_device()();
}

}  // namespace kith::support
