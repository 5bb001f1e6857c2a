#pragma once

#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "db/time_leases.h"
#include "storage/store.h"

namespace kith::db {

// Keeps `window` of history: moves the store's horizon and drops what is below
// it, every `interval` on a thread of its own and whenever asked. Thread-safe.
class GarbageCollector {
 public:
  // The pointers must outlive the collector.
  GarbageCollector(storage::Store* store, MonotoneClock* clock,
                   TimeLeases* time_leases, absl::Duration window,
                   absl::Duration interval);
  // Waits for a collection that runs.
  ~GarbageCollector();

  // One at a time; a failed one may be repeated.
  absl::Status Collect();

 private:
  void Run();

  storage::Store* const store_;
  MonotoneClock* const clock_;
  TimeLeases* const time_leases_;
  const absl::Duration window_;
  const absl::Duration interval_;

  Mutex collecting_;
  Mutex mutex_;
  CondVar wake_;
  bool stopping_ KITH_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace kith::db
