#include "base/epoch.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace kith {
namespace {

using epoch_internal::Slot;

// Retired memory that makes a thread look whether some of it can be freed.
constexpr size_t kCollectCount = 64;
constexpr size_t kCollectBytes = 256 << 10;

struct Retired {
  void* memory;
  void (*free)(void*);
  size_t bytes;
  uint64_t epoch;  // no pin of a later epoch can reach it
};

std::atomic<Slot*> slots{nullptr};
std::atomic<int64_t> retired_bytes{0};

// Left by threads that have ended. Never destroyed, as threads may outlive
// static variables.
struct Orphans {
  Mutex mutex;
  std::vector<Retired> retired KITH_GUARDED_BY(mutex);
  std::atomic<bool> any{false};
};
Orphans& TheOrphans() {
  static auto* const orphans = new Orphans;
  return *orphans;
}

// The least epoch that is pinned. What was retired before it can be freed.
uint64_t OldestPin() {
  uint64_t oldest =
      epoch_internal::current.fetch_add(1, std::memory_order_seq_cst) + 1;
  for (Slot* slot = slots.load(std::memory_order_seq_cst); slot != nullptr;
       slot = slot->next) {
    const uint64_t pinned = slot->pinned.load(std::memory_order_seq_cst);
    if (pinned != Slot::kUnpinned) oldest = std::min(oldest, pinned);
  }
  return oldest;
}

// Frees what no pin from `oldest` on can reach, and keeps the rest.
void Free(std::vector<Retired>* retired, uint64_t oldest) {
  std::vector<Retired> kept;
  int64_t freed = 0;
  for (const Retired& one : *retired) {
    if (one.epoch >= oldest) {
      kept.push_back(one);
      continue;
    }
    freed += static_cast<int64_t>(one.bytes);
    one.free(one.memory);
  }
  retired->swap(kept);
  retired_bytes.fetch_sub(freed, std::memory_order_relaxed);
}

void LeaveToOrphans(std::span<const Retired> retired) {
  if (retired.empty()) return;
  Orphans& orphans = TheOrphans();
  MutexLock lock(&orphans.mutex);
  orphans.retired.insert(orphans.retired.end(), retired.begin(), retired.end());
  orphans.any.store(true, std::memory_order_relaxed);
}

void FreeOrphans() {
  Orphans& orphans = TheOrphans();
  if (!orphans.any.load(std::memory_order_relaxed)) return;
  std::vector<Retired> taken;
  {
    MutexLock lock(&orphans.mutex);
    taken.swap(orphans.retired);
    orphans.any.store(false, std::memory_order_relaxed);
  }
  Free(&taken, OldestPin());
  LeaveToOrphans(taken);
}

// This thread is past the destructor of its garbage.
thread_local constinit bool thread_ends = false;

// What a thread has retired and nobody freed. When the thread ends, the rest
// becomes orphans and its slot is free for another thread.
class Garbage {
 public:
  ~Garbage() {
    thread_ends = true;
    LeaveToOrphans(retired_);
    Slot* const slot = std::exchange(epoch_internal::own_slot, nullptr);
    if (slot != nullptr) slot->taken.store(false, std::memory_order_release);
  }

  void Add(const Retired& retired) {
    retired_.push_back(retired);
    bytes_ += retired.bytes;
    if (retired_.size() >= collect_at_ || bytes_ >= collect_bytes_) Collect();
  }

  void Collect() {
    FreeOrphans();
    Free(&retired_, OldestPin());
    bytes_ = 0;
    for (const Retired& one : retired_) bytes_ += one.bytes;
    // Under a pin that lasts, looking again at each retiring would be in vain.
    collect_at_ = std::max(kCollectCount, 2 * retired_.size());
    collect_bytes_ = std::max(kCollectBytes, 2 * bytes_);
  }

  // To be given back when the thread ends.
  void Own(Slot* slot) { epoch_internal::own_slot = slot; }

 private:
  std::vector<Retired> retired_;
  size_t bytes_ = 0;
  size_t collect_at_ = kCollectCount;
  size_t collect_bytes_ = kCollectBytes;
};

thread_local Garbage garbage;

}  // namespace

namespace epoch_internal {

Slot* TakeSlot() {
  Slot* slot = slots.load(std::memory_order_acquire);
  while (slot != nullptr) {
    bool taken = false;
    if (!slot->taken.load(std::memory_order_relaxed) &&
        slot->taken.compare_exchange_strong(taken, true,
                                            std::memory_order_acquire)) {
      break;
    }
    slot = slot->next;
  }
  if (slot == nullptr) {
    slot = new Slot;
    slot->next = slots.load(std::memory_order_acquire);
    do {
      slot->index = slot->next == nullptr ? 0 : slot->next->index + 1;
    } while (!slots.compare_exchange_weak(slot->next, slot,
                                          std::memory_order_seq_cst));
  }
  // A thread at its very end keeps its slot: nothing would give it back.
  if (thread_ends) {
    own_slot = slot;
  } else {
    garbage.Own(slot);
  }
  return slot;
}

}  // namespace epoch_internal

void RetireMemory(void* memory, void (*free)(void*), size_t bytes) {
  retired_bytes.fetch_add(static_cast<int64_t>(bytes),
                          std::memory_order_relaxed);
  const Retired retired{
      .memory = memory,
      .free = free,
      .bytes = bytes,
      .epoch = epoch_internal::current.load(std::memory_order_seq_cst)};
  if (thread_ends) {
    LeaveToOrphans({&retired, 1});
  } else {
    garbage.Add(retired);
  }
}

size_t RetiredBytes() {
  return static_cast<size_t>(
      std::max<int64_t>(0, retired_bytes.load(std::memory_order_relaxed)));
}

void FreeRetired() { garbage.Collect(); }

}  // namespace kith
