#pragma once

#include <cstdint>
#include <memory>

#include "workloads/workload.h"

namespace kith::bench {

// Documents whose viewers, users and groups, are subject to caveats; a quarter
// of the questions lack the context that would decide them.
std::unique_ptr<Workload> MakeCaveats(double scale, uint64_t seed);

}  // namespace kith::bench
