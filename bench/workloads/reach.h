#pragma once

#include <cstdint>
#include <memory>

#include "workloads/workload.h"

namespace kith::bench {

// Users who each see `results` documents, a quarter directly, a quarter as
// member of a group and half through a folder of the group; the group has
// `results` members. Unions and arrows alone.
std::unique_ptr<Workload> MakeReach(uint64_t results, double scale,
                                    uint64_t seed);

}  // namespace kith::bench
