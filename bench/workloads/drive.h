#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "workloads/workload.h"

namespace kith::bench {

// A shared drive: documents in nested folders, shared with users and nested
// groups, some users banned. At scale 1 about a million relationships. Depth
// does not grow with the scale: folders and groups are nested within blocks of
// a constant size.
std::unique_ptr<Workload> MakeDrive(double scale, uint64_t seed);

}  // namespace kith::bench
