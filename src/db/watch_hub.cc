#include "db/watch_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status_macros.h"

namespace kith::db {
namespace {

// A row larger than this is not kept longer than it is in use.
constexpr size_t kLargeRowBytes = 1u << 20;
constexpr auto kLargeRowUnused = std::chrono::seconds(1);
// Longer waits would overflow the clock of the condition variable.
constexpr auto kLongestWait = std::chrono::hours(1);

}  // namespace

WatchHub::WatchHub(storage::Store* store, uint32_t max_watchers)
    : store_(store), max_watchers_(max_watchers) {
  thread_ = std::thread([this] { Run(); });
}

WatchHub::~WatchHub() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

absl::StatusOr<WatchHub::Id> WatchHub::Join() {
  MutexLock lock(&mutex_);
  if (watchers_ >= max_watchers_) {
    return absl::ResourceExhaustedError(
        fmt::format("too many watches: {} are open, the limit is {}", watchers_,
                    max_watchers_));
  }
  ++watchers_;
  return ++last_id_;
}

void WatchHub::Leave(Id id) {
  MutexLock lock(&mutex_);
  waiting_.erase(id);
  AwaitReturnLocked(id, &lock);
  --watchers_;
}

void WatchHub::Wait(Id id, storage::Revision position, Clock::time_point at,
                    std::function<void()> wake) {
  {
    MutexLock lock(&mutex_);
    Waiting waiting{position, at, nullptr};
    if (!IsDue(waiting, Clock::now())) {
      waiting.wake = std::move(wake);
      waiting_.insert_or_assign(id, std::move(waiting));
      if (at != Clock::time_point::max()) changed_.NotifyOne();
      return;
    }
  }
  wake();
}

bool WatchHub::CancelWait(Id id) {
  MutexLock lock(&mutex_);
  if (waiting_.erase(id) != 0) return true;
  AwaitReturnLocked(id, &lock);
  return false;
}

void WatchHub::AwaitReturnLocked(Id id, MutexLock* lock) {
  if (std::this_thread::get_id() == thread_.get_id()) return;
  while (running_ == id) returned_.Wait(*lock);
}

void WatchHub::HeadMoved() {
  MutexLock lock(&mutex_);
  if (!waiting_.empty()) changed_.NotifyOne();
}

uint64_t WatchHub::watchers() const {
  MutexLock lock(&mutex_);
  return watchers_;
}

absl::StatusOr<std::shared_ptr<const storage::CommitRow>> WatchHub::ReadCommit(
    storage::Revision revision) {
  {
    MutexLock lock(&mutex_);
    if (row_ != nullptr && row_->revision() == revision) {
      row_used_ = Clock::now();
      return row_;
    }
  }
  KITH_ASSIGN_OR_RETURN(auto row, store_->ReadCommit(revision));
  MutexLock lock(&mutex_);
  row_ = row;
  row_used_ = Clock::now();
  if (row->bytes() > kLargeRowBytes) changed_.NotifyOne();
  return row;
}

void WatchHub::Run() {
  MutexLock lock(&mutex_);
  while (!stopping_) {
    auto next = Clock::now() + kLongestWait;
    if (WakeDueLocked(&lock, &next)) continue;
    DropRowLocked(&next);
    changed_.WaitFor(lock, next - Clock::now());
  }
}

bool WatchHub::WakeDueLocked(MutexLock* lock, Clock::time_point* next) {
  const auto now = Clock::now();
  std::vector<Id> due;
  for (const auto& [id, waiting] : waiting_) {
    if (IsDue(waiting, now)) {
      due.push_back(id);
    } else {
      *next = std::min(*next, waiting.at);
    }
  }
  for (const Id id : due) {
    const auto it = waiting_.find(id);
    if (it == waiting_.end()) continue;  // taken back meanwhile
    const std::function<void()> wake = std::move(it->second.wake);
    waiting_.erase(it);
    running_ = id;
    lock->native().unlock();
    wake();
    lock->native().lock();
    running_ = 0;
    returned_.NotifyAll();
  }
  return !due.empty();
}

void WatchHub::DropRowLocked(Clock::time_point* next) {
  if (row_ == nullptr || row_->bytes() <= kLargeRowBytes) return;
  if (Clock::now() - row_used_ >= kLargeRowUnused) {
    row_.reset();
  } else {
    *next = std::min(*next, row_used_ + kLargeRowUnused);
  }
}

}  // namespace kith::db
