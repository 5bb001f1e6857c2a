#include <vector>

#include "in_process/figures.h"
#include "in_process/measure.h"
#include "workloads/shuffle.h"

namespace kith::bench {

// A chain of dependent reads, which no processor can make ahead of time.
void MeasureYardstick(Table* table) {
  constexpr uint64_t kPlaces = 4 << 20;
  std::vector<uint64_t> next(kPlaces);
  Shuffle order(kPlaces, 1);
  for (uint64_t i = 0; i < kPlaces; ++i) {
    next[order.At(i)] = order.At((i + 1) % kPlaces);
  }
  uint64_t at = 0;
  Cost cost = MeasureCalls(500, 1000, [&](size_t) { at = next[at]; });
  // The chain's end decides nothing, but must be computed.
  if (at == kPlaces) cost.median_ns = 0;
  table->AddCost("yardstick: a read of 32 MB at random", cost);
}

}  // namespace kith::bench
