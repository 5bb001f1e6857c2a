#pragma once

#include <cstdint>
#include <memory>

#include "workloads/workload.h"

// Documents that reach many subjects in few steps.

namespace kith::bench {

// Documents with 9,000 users each on one relation.
std::unique_ptr<Workload> MakeWideDirect(double scale, uint64_t seed);

// Documents with 1,000 groups of ten users each on one relation.
std::unique_ptr<Workload> MakeWideGroups(double scale, uint64_t seed);

// Documents with 1,000 parents each, one user on each parent.
std::unique_ptr<Workload> MakeWideArrow(double scale, uint64_t seed);

// Documents with 100 parents each, 100 parents to each of those, and a user
// on each of the 10,000.
std::unique_ptr<Workload> MakeDoubleWideArrow(double scale, uint64_t seed);

}  // namespace kith::bench
