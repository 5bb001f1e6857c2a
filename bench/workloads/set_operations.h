#pragma once

#include <cstdint>
#include <memory>

#include "workloads/workload.h"

// Permissions that are more than unions. Who is where follows from remainders
// of the numbers, so that every answer is a line of arithmetic.

namespace kith::bench {

// Documents seen by who is in a viewing group, in an approving group and in
// the document's organization.
std::unique_ptr<Workload> MakeIntersections(double scale, uint64_t seed);

// Documents public or of a group, less the members of a banned group and of
// one nested in it.
std::unique_ptr<Workload> MakeExclusions(double scale, uint64_t seed);

}  // namespace kith::bench
