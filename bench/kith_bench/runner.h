#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kith_bench/call.h"
#include "kith_bench/figures.h"
#include "kith_bench/process_cpu.h"

namespace kith::bench {

// How operations follow each other, and for how long.
struct Pace {
  double rate = 0;  // operations started a second; 0: one when one has ended
  double warm_up_s = 1;
  double measured_s = 5;
  uint64_t most_operations = 0;  // 0: no limit but the time
  // Ends the run as well, at the next operation that ends; null: nothing else.
  const std::atomic<bool>* stop = nullptr;
};

// Keeps `calls` busy and measures. What is measured begins and ends with an
// operation that ends, so that operations longer than the time are measured
// right, too; one operation at least. With a rate the latency of an operation
// begins when it was due, even if no call was free then. The first failure
// ends the run and is the error.
absl::StatusOr<Figures> Measure(std::vector<std::unique_ptr<Call>> calls,
                                const Pace& pace, const ProcessCpu& cpu);

}  // namespace kith::bench
