#pragma once

#include <cstdint>
#include <memory>

#include "workloads/workload.h"

namespace kith::bench {

// Chains of `depth` folders over each other, one user on the topmost, one
// document in the lowest. A hundred chains at scale 1.
std::unique_ptr<Workload> MakeDeepArrow(uint32_t depth, double scale,
                                        uint64_t seed);

}  // namespace kith::bench
