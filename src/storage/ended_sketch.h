#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "base/hash.h"
#include "storage/row_codec.h"
#include "storage/types.h"

namespace kith::storage {

// An upper bound of the revision at which a row last ended (was overwritten or
// deleted), for every unit and every object in both orders, and for the whole
// store. Hash collisions make a bound too high, never too low.
//
// A reader at R that opened its view of the latest rows and *then* finds the
// bound of their range at or below R needs no history: a version visible at R
// and missing in that view ended after R before the view was opened, and the
// writer had raised the bound to that end before it wrote.
//
// Thread safety: Raise by one writer at a time, reads by anyone.
class EndedSketch {
 public:
  static constexpr size_t kDefaultSlots = 1 << 20;  // a power of two

  // `floor`: everything may have ended at this revision.
  EndedSketch(size_t slots, Revision floor)
      : mask_(slots - 1),
        floor_(floor),
        all_(floor),
        arrays_({Slots(slots), Slots(slots)}) {}

  // A row with this latest key of `order` ends at `revision`.
  void Raise(ScanOrder order, std::string_view key, Revision revision) {
    RaiseSlot(&all_, revision);
    RaiseSlot(&At(order, key.substr(0, ObjectSize(key))), revision);
    RaiseSlot(&At(order, key.substr(0, UnitSize(order, key))), revision);
  }

  // The bound for the latest keys that begin with `prefix`.
  Revision Bound(ScanOrder order, std::string_view prefix) const {
    size_t size = UnitSize(order, prefix);
    if (size == 0) size = ObjectSize(prefix);
    if (size == 0) return all_.load(std::memory_order_acquire);
    return std::max(
        floor_,
        At(order, prefix.substr(0, size)).load(std::memory_order_acquire));
  }

 private:
  using Slot = std::atomic<Revision>;
  struct Free {
    void operator()(Slot* slots) const { std::free(slots); }
  };
  using Array = std::unique_ptr<Slot[], Free>;

  // calloc leaves the pages untouched until a row of theirs ends.
  static Array Slots(size_t count) {
    static_assert(sizeof(Slot) == sizeof(Revision));
    void* zeroes = std::calloc(count, sizeof(Slot));
    if (zeroes == nullptr) std::abort();
    return Array(static_cast<Slot*>(zeroes));
  }
  static void RaiseSlot(Slot* slot, Revision revision) {
    if (slot->load(std::memory_order_relaxed) < revision) {
      slot->store(revision, std::memory_order_release);
    }
  }
  Slot& At(ScanOrder order, std::string_view bytes) const {
    return arrays_[static_cast<size_t>(order)][Hash64(bytes) & mask_];
  }

  const uint64_t mask_;
  const Revision floor_;
  Slot all_;
  const std::array<Array, 2> arrays_;
};

}  // namespace kith::storage
