#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "db/command.h"
#include "db/group.h"
#include "db/schema_cache.h"
#include "db/watch_hub.h"
#include "storage/store.h"

namespace kith::db {

// The one writer. A thread of its own takes all commands that wait, applies
// them in order as one group, writes the group with one synced log write,
// publishes the new head, has watchers woken and then answers, in this order.
// A large import is a group of its own, written as sorted files. Thread-safe.
//
// The first failed write ends it: every command of that group gets the error,
// because none of their answers rests on something durable, and all later ones
// are UNAVAILABLE SERVICE_READ_ONLY. A failed read ends only its group.
class Committer {
 public:
  // Runs on the committer's thread, or on the caller's when the command is
  // refused unqueued. Must not block.
  using Done = std::function<void(absl::StatusOr<Applied>)>;

  static constexpr size_t kMaxQueuedCommands = 65'536;

  // All must outlive the committer.
  Committer(storage::Store* store, SchemaCache* schemas, MonotoneClock* clock,
            WatchHub* watch_hub);
  // Commits and answers what is queued.
  ~Committer();

  // `done` runs exactly once. RESOURCE_EXHAUSTED when the queue is full.
  void Enqueue(Command command, Done done);

  uint64_t commits() const { return commits_.load(std::memory_order_relaxed); }
  uint64_t groups() const { return groups_.load(std::memory_order_relaxed); }

 private:
  struct Pending {
    Command command;
    Done done;
  };

  void Run();
  // Waits for commands; empty: stop.
  std::vector<Pending> TakeGroup();
  void CommitGroup(std::vector<Pending> pending);
  absl::StatusOr<Applied> CommitLargeImport(ImportCommand* command);
  absl::Status Publish(Group* group);
  // What is common to all commits: `commit` is a call of the store.
  absl::Status Commit(uint64_t commits,
                      absl::FunctionRef<absl::Status()> commit);
  absl::Status CheckWritable();
  void Poison(const absl::Status& cause);

  storage::Store* const store_;
  SchemaCache* const schemas_;
  MonotoneClock* const clock_;
  WatchHub* const watch_hub_;

  Mutex mutex_;
  CondVar wake_;
  std::deque<Pending> queue_ KITH_GUARDED_BY(mutex_);
  bool stopping_ KITH_GUARDED_BY(mutex_) = false;
  absl::Status poison_ KITH_GUARDED_BY(mutex_);  // OK: still writing

  std::atomic<uint64_t> commits_{0};
  std::atomic<uint64_t> groups_{0};
  std::thread thread_;  // last: it uses the rest
};

}  // namespace kith::db
