#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "storage/store.h"

namespace kith::db {

// Where watchers wait for commits. Wakes them, on a thread of its own, when the
// head moved or their time has come. Thread-safe.
//
// The committer calls HeadMoved() after the new head is published and before
// the callers hear; that costs it one short lock, however many watch. No
// wake-up is lost: one waits under the lock under which the head is looked at.
class WatchHub {
 public:
  using Clock = std::chrono::steady_clock;
  using Id = uint64_t;  // of a watcher

  // `store` must outlive the hub.
  WatchHub(storage::Store* store, uint32_t max_watchers);
  // No watcher may be left.
  ~WatchHub();

  // RESOURCE_EXHAUSTED when there are `max_watchers` already.
  absl::StatusOr<Id> Join();
  // No wake-up comes afterwards, nor is one at work, unless this is called from
  // the wake-up itself.
  void Leave(Id id);

  // Calls `wake` once, as soon as the head is beyond `position` or `at` has
  // come: on this thread if that is so already.
  void Wait(Id id, storage::Revision position, Clock::time_point at,
            std::function<void()> wake);
  // False: it has come and returned (or runs on this thread).
  bool CancelWait(Id id);

  void HeadMoved();

  storage::Revision head() const { return store_->head(); }
  // Store::ReadCommit, sharing the row read last: who follows the head all read
  // the same one, and who goes through a large one reads it again and again.
  absl::StatusOr<std::shared_ptr<const storage::CommitRow>> ReadCommit(
      storage::Revision revision);

  void CountEvent() { events_.fetch_add(1, std::memory_order_relaxed); }
  void CountCutOff() { cut_off_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t watchers() const;
  uint64_t events() const { return events_.load(std::memory_order_relaxed); }
  uint64_t cut_off() const { return cut_off_.load(std::memory_order_relaxed); }

 private:
  struct Waiting {
    storage::Revision position;
    Clock::time_point at;
    std::function<void()> wake;
  };

  void Run();
  // Wakes those that are due. False: none is, and `next` is when to look again.
  bool WakeDueLocked(MutexLock* lock, Clock::time_point* next)
      KITH_REQUIRES(mutex_);
  void DropRowLocked(Clock::time_point* next) KITH_REQUIRES(mutex_);
  bool IsDue(const Waiting& waiting, Clock::time_point now) const {
    return store_->head() > waiting.position || waiting.at <= now;
  }
  void AwaitReturnLocked(Id id, MutexLock* lock) KITH_REQUIRES(mutex_);

  storage::Store* const store_;
  const uint32_t max_watchers_;
  std::atomic<uint64_t> events_{0};
  std::atomic<uint64_t> cut_off_{0};

  mutable Mutex mutex_;
  CondVar changed_;   // for the thread: something to do
  CondVar returned_;  // a wake-up returned
  uint64_t watchers_ KITH_GUARDED_BY(mutex_) = 0;
  Id last_id_ KITH_GUARDED_BY(mutex_) = 0;
  Id running_ KITH_GUARDED_BY(mutex_) = 0;  // whose wake-up is at work; 0: none
  absl::flat_hash_map<Id, Waiting> waiting_ KITH_GUARDED_BY(mutex_);
  std::shared_ptr<const storage::CommitRow> row_ KITH_GUARDED_BY(mutex_);
  Clock::time_point row_used_ KITH_GUARDED_BY(mutex_);
  bool stopping_ KITH_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace kith::db
