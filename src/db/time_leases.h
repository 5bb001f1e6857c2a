#pragma once

#include <algorithm>
#include <set>

#include "absl/time/time.h"
#include "base/mutex.h"

namespace kith::db {

// The times of answers that are read as they are handed out. What had not
// expired at a leased time is not collected as garbage: while a snapshot keeps
// its revision readable, this keeps what its clock says readable. Thread-safe.
class TimeLeases {
 public:
  // Ends when it is destroyed; the leases outlive it.
  class Lease {
   public:
    Lease(TimeLeases* leases, std::multiset<absl::Time>::iterator time)
        : leases_(leases), time_(time) {}
    ~Lease() {
      if (leases_ != nullptr) leases_->Return(time_);
    }
    Lease(Lease&& other) noexcept : leases_(other.leases_), time_(other.time_) {
      other.leases_ = nullptr;
    }
    Lease& operator=(Lease&&) = delete;

   private:
    TimeLeases* leases_;
    const std::multiset<absl::Time>::iterator time_;
  };

  // `now` was just read from the clock. It is moved on if garbage was collected
  // beyond it meanwhile.
  Lease Take(absl::Time* now) {
    MutexLock lock(&mutex_);
    *now = std::max(*now, collected_);
    return Lease(this, times_.insert(*now));
  }

  // What expired at the time that is given, `wanted` or an earlier one, may be
  // collected from now on.
  absl::Time Collect(absl::Time wanted) {
    MutexLock lock(&mutex_);
    if (!times_.empty()) wanted = std::min(wanted, *times_.begin());
    collected_ = std::max(collected_, wanted);
    return wanted;
  }

 private:
  void Return(std::multiset<absl::Time>::iterator time) {
    MutexLock lock(&mutex_);
    times_.erase(time);
  }

  Mutex mutex_;
  std::multiset<absl::Time> times_ KITH_GUARDED_BY(mutex_);
  absl::Time collected_ KITH_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace kith::db
