#pragma once

#include <cstdint>
#include <memory>

#include "workloads/workload.h"

namespace kith::bench {

// A group within twenty others, with a million members at scale 1, and a
// document that the outermost views.
std::unique_ptr<Workload> MakeDeepNesting(double scale, uint64_t seed);

// Documents viewed by the root of a tree of `groups` groups, eight below each.
// Who is asked about is in all of another document's lowest groups, and half
// of the time in the last of this document's too: neither from the document
// nor from the subject is there a way that visits few.
std::unique_ptr<Workload> MakeNestedGroups(uint64_t groups, double scale,
                                           uint64_t seed);

}  // namespace kith::bench
