#include "db/garbage_collector.h"

#include <algorithm>
#include <chrono>

namespace kith::db {

GarbageCollector::GarbageCollector(storage::Store* store, MonotoneClock* clock,
                                   TimeLeases* time_leases,
                                   absl::Duration window,
                                   absl::Duration interval)
    : store_(store),
      clock_(clock),
      time_leases_(time_leases),
      window_(window),
      interval_(interval) {
  thread_ = std::thread([this] { Run(); });
}

GarbageCollector::~GarbageCollector() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  thread_.join();
}

absl::Status GarbageCollector::Collect() {
  MutexLock lock(&collecting_);
  const absl::Time keep_since = time_leases_->Collect(clock_->Now() - window_);
  return store_->CollectGarbage(keep_since).status();
}

void GarbageCollector::Run() {
  // A long interval would overflow the condition variable's clock.
  const auto interval = absl::ToChronoNanoseconds(
      std::min<absl::Duration>(interval_, absl::Hours(24 * 365)));
  auto next = std::chrono::steady_clock::now() + interval;
  while (true) {
    {
      MutexLock lock(&mutex_);
      while (!stopping_) {
        const auto left = next - std::chrono::steady_clock::now();
        if (left <= left.zero()) break;
        wake_.WaitFor(lock, left);
      }
      if (stopping_) return;
    }
    // A failure shows in the horizon, which stands still, and the next interval
    // tries again.
    Collect().IgnoreError();
    next = std::chrono::steady_clock::now() + interval;
  }
}

}  // namespace kith::db
