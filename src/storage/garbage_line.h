#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "storage/types.h"

namespace kith::storage {

// What no reader can ask for any more. Both marks are durable before they are
// raised here and never go back, so what a compaction dropped on their word
// stays dropped after a restart. Thread-safe.
class GarbageLine {
 public:
  static constexpr int64_t kNothingExpired =
      std::numeric_limits<int64_t>::min();

  // Versions that ended at or before it are garbage.
  Revision horizon() const { return horizon_.load(std::memory_order_acquire); }
  void RaiseHorizon(Revision horizon) {
    if (horizon > this->horizon()) {
      horizon_.store(horizon, std::memory_order_release);
    }
  }

  // Rows that expired before it, in nanoseconds since 1970, are garbage: every
  // reader passes them over, whether or not a compaction met them already.
  int64_t expired_before() const {
    return expired_before_.load(std::memory_order_acquire);
  }
  void RaiseExpiredBefore(int64_t nanos) {
    if (nanos > expired_before()) {
      expired_before_.store(nanos, std::memory_order_release);
    }
  }
  bool Expired(const TupleValue& value) const {
    return ExpiredBefore(value, expired_before());
  }
  static bool ExpiredBefore(const TupleValue& value, int64_t mark) {
    return value.expires_at.has_value() &&
           absl::ToUnixNanos(*value.expires_at) < mark;
  }

  // The mark under which everything that is expired at `time` falls. Times
  // beyond 2262 saturate, and a saturated expiry is never before the mark.
  static int64_t MarkOf(absl::Time time) {
    const int64_t nanos = absl::ToUnixNanos(time);
    return nanos == std::numeric_limits<int64_t>::max() ? nanos : nanos + 1;
  }

 private:
  std::atomic<Revision> horizon_{0};
  std::atomic<int64_t> expired_before_{kNothingExpired};
};

}  // namespace kith::storage
