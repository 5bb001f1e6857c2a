#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace kith::bench {

// CPU time of the calling thread, in nanoseconds: what the machine's other
// work does not change.
int64_t ThreadCpuNanos();
// Of all threads of the process.
int64_t ProcessCpuNanos();
int64_t WallNanos();

// Of the whole process, in bytes, without what is free already.
uint64_t ResidentBytes();
// The most it was since the last ResetPeak (0: not known here).
uint64_t PeakResidentBytes();
void ResetPeak();

// What one call of something costs.
struct Cost {
  double median_ns = 0;
  double p99_ns = 0;
  double mean_ns = 0;
};

// Makes a cost of samples, each the time of `calls` calls.
Cost CostOf(std::vector<int64_t> sample_ns, size_t calls);

// What reading the clock costs by itself, to be taken off each sample.
int64_t ClockNanos();

// Calls `call(i)` for i below samples * calls and gives the CPU time of a call.
// Samples of several calls are for calls that are short beside the clock; the
// p99 is then of means.
template <typename Call>
Cost MeasureCalls(size_t samples, size_t calls, Call call) {
  const int64_t clock = ClockNanos();
  std::vector<int64_t> times;
  times.reserve(samples);
  size_t i = 0;
  for (size_t sample = 0; sample < samples; ++sample) {
    int64_t begin = ThreadCpuNanos();
    for (size_t end = i + calls; i < end; ++i) call(i);
    times.push_back(std::max<int64_t>(0, ThreadCpuNanos() - begin - clock));
  }
  return CostOf(std::move(times), calls);
}

}  // namespace kith::bench
