#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kith {

namespace epoch_internal {

// What a thread announces to those that free memory. Never freed, and taken
// over by another thread when its own ends.
struct alignas(64) Slot {
  static constexpr uint64_t kUnpinned = 0;

  std::atomic<uint64_t> pinned{kUnpinned};  // the epoch, while it is pinned
  uint32_t depth = 0;                       // pins held; its thread's own
  uint32_t index = 0;                       // of its place in the list
  std::atomic<bool> taken{true};
  Slot* next = nullptr;
};

inline std::atomic<uint64_t> current{1};
// Null: this thread has no slot yet.
inline thread_local constinit Slot* own_slot = nullptr;
Slot* TakeSlot();

}  // namespace epoch_internal

// Lets readers follow pointers to memory that others replace, without locks
// and without counting references. A reader pins for as long as it uses what
// it found. A writer unlinks memory from all places where it can be found and
// then retires it; it is freed when every pin that is older than the retiring
// has ended. One domain for the whole process.
//
// The contract of a shared pointer: readers load it, and writers replace it,
// with std::memory_order_seq_cst. Why that is enough: when the look at a slot
// that decides to free does not see the reader's pin, it comes before the pin
// in the one order of all these operations; so does the unlinking, and the
// reader's load, which comes after its pin, finds the pointer replaced. A pin
// of an epoch beyond the retiring's came after the unlinking in the same way.
//
// Costs a reader one store for the outermost pin of a thread and nothing for
// those within. A pin must not be held over a wait for other threads: nothing
// retired since is freed until it ends.
class EpochPin {
 public:
  EpochPin() : slot_(epoch_internal::own_slot) {
    if (slot_ == nullptr) slot_ = epoch_internal::TakeSlot();
    if (slot_->depth++ == 0) {
      slot_->pinned.store(
          epoch_internal::current.load(std::memory_order_seq_cst),
          std::memory_order_seq_cst);
    }
  }
  ~EpochPin() {
    if (--slot_->depth == 0) {
      slot_->pinned.store(epoch_internal::Slot::kUnpinned,
                          std::memory_order_release);
    }
  }
  EpochPin(const EpochPin&) = delete;
  EpochPin& operator=(const EpochPin&) = delete;

  // A small number that no other living thread has. For picking a shard.
  uint32_t thread_index() const { return slot_->index; }

 private:
  epoch_internal::Slot* slot_;
};

// Has `free(memory)` called some time after all pins that are held now have
// ended, on any thread that retires something then. `memory` must be unlinked
// already, and `free` must not depend on anything that may be gone by then.
// `bytes` is what it holds. Frees, now and then, what was retired earlier.
void RetireMemory(void* memory, void (*free)(void*), size_t bytes);

// Retired by all threads and not freed yet; a writer that makes garbage faster
// than readers let go of it can see that here and stop.
size_t RetiredBytes();

// Frees what may be freed of what this thread, and threads that have ended,
// retired. For tests, and for a thread that goes idle.
void FreeRetired();

}  // namespace kith
