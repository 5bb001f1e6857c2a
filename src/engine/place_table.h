#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/objects.h"
#include "engine/program.h"

namespace kith::engine {

// Numbers by place, which is a pair of an operation and an object: a hash table
// that is probed linearly and cleared in no time, so that its memory can serve
// one evaluation after the other. Not thread-safe.
class PlaceTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // The number of the place; of a new one kNone, which must then be set. Valid
  // until the next call.
  uint32_t& operator()(Pc pc, ObjectId object) {
    if (2 * (size_ + 1) > slots_.size()) Grow();
    Slot& slot = slots_[Find(Key(pc, object))];
    if (slot.age != age_) {
      slot = {Key(pc, object), kNone, age_};
      ++size_;
    }
    return slot.number;
  }

  // kNone: there is no such place.
  uint32_t Find(Pc pc, ObjectId object) const {
    if (slots_.empty()) return kNone;
    const Slot& slot = slots_[Find(Key(pc, object))];
    return slot.age == age_ ? slot.number : kNone;
  }

  void Clear() {
    size_ = 0;
    if (++age_ != 0) return;
    slots_.assign(slots_.size(), {});  // slots of old ages would come alive
    age_ = 1;
  }

  size_t capacity() const { return slots_.size(); }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t number = kNone;
    uint32_t age = 0;  // taken if it is that of the table
  };
  static constexpr size_t kFewestSlots = 128;

  static uint64_t Key(Pc pc, ObjectId object) {
    return static_cast<uint64_t>(pc) << 32 | object;
  }

  // Where the key is or would be.
  size_t Find(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    size_t at = (key * 0x9e3779b97f4a7c15) >> 32 & mask;
    while (slots_[at].age == age_ && slots_[at].key != key) {
      at = (at + 1) & mask;
    }
    return at;
  }

  void Grow() {
    std::vector<Slot> old = std::exchange(
        slots_,
        std::vector<Slot>(slots_.empty() ? kFewestSlots : 2 * slots_.size()));
    for (const Slot& slot : old) {
      if (slot.age == age_) slots_[Find(slot.key)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two
  size_t size_ = 0;
  uint32_t age_ = 1;
};

}  // namespace kith::engine
