#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include "base/fault.h"
#include "base/hash.h"
#include "storage/row_codec.h"
#include "storage/types.h"

namespace kith::storage {

// When the rows of a key last changed, for every key that a read can depend
// on, whether or not such rows exist:
//
//   kPoint    one relationship                  (its whole forward key)
//   kObject   all that is written for an object (the key through its id)
//   kForward  the subjects of one type that are written for a relation of an
//             object                            (the key through that type)
//   kReverse  the objects of one type on whose relation a subject is written
//                                               (the reverse unit)
//
// A fixed table of revisions indexed by a keyed hash of the key, so different
// keys may share a stripe: what is said here is an upper bound. A bound that is
// too high makes a cache read again; one that is too low would make it stale,
// and there is none, because:
//
//   A commit at revision c stamps c on all keys of the rows it changes before
//   the head moves to c. So a thread that has read (acquire) a head at or above
//   c sees, for each of those keys, a last change at or above c.
//
// What was read at revision r therefore still holds at r' > r when, after r'
// was seen as the head or below it, the last changes of all keys it depended
// on are at or below r.
//
// Stamps may come early, while their commit is being built, and from a commit
// that is then abandoned: that too only makes bounds too high. Dropping rows
// that have expired is no change: they are worth nothing to anyone already, so
// no answer can tell, and it stamps nothing.
//
// Thread safety: stamps by one writer at a time, reads by anyone. Fault points
// at the shared steps: "stripes.load", "stripes.stamp".
class ChangeStripes {
 public:
  enum class Unit : uint64_t { kPoint, kForward, kReverse, kObject };
  using Index = uint32_t;

  static constexpr size_t kDefaultCount = 1 << 22;

  // `count` is rounded up to a power of two. Everything may have changed at
  // `floor`. The seed keeps those who choose ids from choosing stripes.
  ChangeStripes(size_t count, Revision floor, uint64_t seed = 0)
      : mask_(RoundUp(count) - 1),
        seed_(seed),
        floor_(floor),
        stripes_(Zeroes(mask_ + 1)) {}

  uint64_t Hash(Unit unit, std::string_view key) const {
    return Hash64(key, seed_ + static_cast<uint64_t>(unit));
  }
  Index IndexOf(uint64_t hash) const {
    return static_cast<Index>(hash & mask_);
  }

  // The size of the kForward key at the start of an encoded forward key.
  static size_t ForwardSize(std::string_view forward_key) {
    return UnitSize(ScanOrder::kForward, forward_key) + sizeof(Symbol);
  }

  Revision LastChange(Index index) const {
    KITH_FAULT_POINT("stripes.load");
    return std::max(floor_.load(std::memory_order_acquire),
                    stripes_[index].load(std::memory_order_acquire));
  }
  // Of all of them; of none, 0.
  Revision LastChange(std::span<const Index> indices) const {
    Revision last = 0;
    for (const Index index : indices) last = std::max(last, LastChange(index));
    return last;
  }

  void Stamp(Index index, Revision revision) {
    KITH_FAULT_POINT("stripes.stamp");
    Raise(&stripes_[index], revision);
  }
  // The row of these latest keys changes.
  void StampTuple(std::string_view forward_key, std::string_view reverse_key,
                  Revision revision) {
    Stamp(IndexOf(Hash(Unit::kPoint, forward_key)), revision);
    Stamp(IndexOf(Hash(Unit::kObject,
                       forward_key.substr(0, ObjectSize(forward_key)))),
          revision);
    Stamp(IndexOf(Hash(Unit::kForward,
                       forward_key.substr(0, ForwardSize(forward_key)))),
          revision);
    Stamp(IndexOf(Hash(Unit::kReverse,
                       reverse_key.substr(
                           0, UnitSize(ScanOrder::kReverse, reverse_key)))),
          revision);
  }
  // Anything may have changed.
  void StampAll(Revision revision) {
    KITH_FAULT_POINT("stripes.stamp");
    Raise(&floor_, revision);
  }

  size_t count() const { return mask_ + 1; }

 private:
  using Stripe = std::atomic<Revision>;
  struct Free {
    void operator()(Stripe* stripes) const { std::free(stripes); }
  };

  static size_t RoundUp(size_t count) {
    size_t size = 1;
    while (size < count) size *= 2;
    return size;
  }
  // calloc leaves the pages untouched until a row of theirs changes.
  static Stripe* Zeroes(size_t count) {
    static_assert(sizeof(Stripe) == sizeof(Revision));
    void* zeroes = std::calloc(count, sizeof(Stripe));
    if (zeroes == nullptr) std::abort();
    return static_cast<Stripe*>(zeroes);
  }
  static void Raise(Stripe* stripe, Revision revision) {
    if (stripe->load(std::memory_order_relaxed) < revision) {
      stripe->store(revision, std::memory_order_release);
    }
  }

  const uint64_t mask_;
  const uint64_t seed_;
  Stripe floor_;
  const std::unique_ptr<Stripe[], Free> stripes_;
};

}  // namespace kith::storage
