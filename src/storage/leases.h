#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/mutex.h"
#include "storage/types.h"

namespace kith::storage {

// The revisions that living snapshots read at, and the floor below which no new
// one may start. Invariant: floor <= every leased revision. Thread-safe; a
// lease costs a short critical section that does not allocate as a rule, since
// most snapshots share the newest few revisions.
class Leases {
 public:
  explicit Leases(Revision floor) : floor_(floor) {}

  // False when `revision` is below the floor.
  bool Take(Revision revision);
  // Leases what `head` holds and returns it. The floor never passes the head.
  Revision TakeHead(const std::atomic<Revision>& head);
  void Return(Revision revision);

  Revision floor() const { return floor_.load(std::memory_order_acquire); }
  // Raises the floor as near to `wanted` as the oldest lease allows.
  Revision RaiseFloor(Revision wanted);

 private:
  struct Lease {
    Revision revision;
    uint64_t count;
  };
  void AddLocked(Revision revision) KITH_REQUIRES(mutex_);

  Mutex mutex_;
  std::atomic<Revision> floor_;                        // written under mutex_
  std::vector<Lease> leases_ KITH_GUARDED_BY(mutex_);  // ascending
};

}  // namespace kith::storage
