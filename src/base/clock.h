#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace kith {

// A wall clock that never goes back: the highest of the source's readings and
// of the high-water marks it was told (a restart tells the persisted one).
// Thread-safe. Microsecond precision.
class MonotoneClock {
 public:
  // An empty source is the system's clock.
  explicit MonotoneClock(std::function<absl::Time()> source = {})
      : source_(std::move(source)) {}

  absl::Time Now() {
    const absl::Time now = source_ ? source_() : absl::Now();
    Raise(now);
    return absl::FromUnixMicros(high_water_.load(std::memory_order_relaxed));
  }

  // From now on Now() is at least `time`.
  void Raise(absl::Time time) {
    const int64_t micros = absl::ToUnixMicros(time);
    int64_t seen = high_water_.load(std::memory_order_relaxed);
    while (seen < micros && !high_water_.compare_exchange_weak(
                                seen, micros, std::memory_order_relaxed)) {
    }
  }

 private:
  const std::function<absl::Time()> source_;
  std::atomic<int64_t> high_water_{0};
};

}  // namespace kith
