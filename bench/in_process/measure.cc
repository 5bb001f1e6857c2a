#include "in_process/measure.h"

#include <malloc.h>
#include <time.h>

#include <fstream>
#include <numeric>
#include <string>

namespace kith::bench {
namespace {

int64_t Nanos(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// A field of /proc/self/status, which counts in KiB.
uint64_t StatusBytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name;) {
    uint64_t kib = 0;
    if (name == field && status >> kib) return kib << 10;
    std::getline(status, name);
  }
  return 0;
}

}  // namespace

int64_t ThreadCpuNanos() { return Nanos(CLOCK_THREAD_CPUTIME_ID); }
int64_t ProcessCpuNanos() { return Nanos(CLOCK_PROCESS_CPUTIME_ID); }
int64_t WallNanos() { return Nanos(CLOCK_MONOTONIC); }

uint64_t ResidentBytes() {
  malloc_trim(0);
  return StatusBytes("VmRSS:");
}
uint64_t PeakResidentBytes() { return StatusBytes("VmHWM:"); }
void ResetPeak() { std::ofstream("/proc/self/clear_refs") << 5; }

Cost CostOf(std::vector<int64_t> sample_ns, size_t calls) {
  if (sample_ns.empty()) return {};
  std::sort(sample_ns.begin(), sample_ns.end());
  auto at = [&](double share) {
    auto place =
        static_cast<size_t>(share * static_cast<double>(sample_ns.size()));
    return static_cast<double>(
               sample_ns[std::min(place, sample_ns.size() - 1)]) /
           static_cast<double>(calls);
  };
  int64_t sum = std::accumulate(sample_ns.begin(), sample_ns.end(), int64_t{0});
  return {.median_ns = at(0.5),
          .p99_ns = at(0.99),
          .mean_ns = static_cast<double>(sum) /
                     static_cast<double>(sample_ns.size() * calls)};
}

int64_t ClockNanos() {
  static const int64_t cost = [] {
    std::vector<int64_t> samples;
    for (int i = 0; i < 1001; ++i) {
      int64_t begin = ThreadCpuNanos();
      samples.push_back(ThreadCpuNanos() - begin);
    }
    return static_cast<int64_t>(CostOf(std::move(samples), 1).median_ns);
  }();
  return cost;
}

}  // namespace kith::bench
