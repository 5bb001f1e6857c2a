#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/epoch.h"
#include "engine/exact_cache.h"
#include "engine/row_block.h"
#include "storage/change_stripes.h"
#include "storage/types.h"

namespace kith::engine {

// Stored rows kept in memory, exactly (ExactCache): raw, so that they serve
// every schema, context and time. Read through Rows, which decides what to ask.
//
//   kObject             an ObjectBlock of all that is written for an object, if
//                       that is little: it answers every read of the object,
//                       also of what is not there, which for most objects takes
//                       one look instead of one for each relation.
//   kForward, kReverse  a block of all rows of the unit, if they are few enough
//                       for one; it answers scans, and in forward order point
//                       reads of every subject, present and absent.
//   kPoint              a block of the row, or of none: absence is kept too.
//
// Of an object or a unit known to be larger there is a mark: a hint that
// depends on nothing, and claims nothing of the rows. All else depends on the
// one stripe of its own key. Beside them there is what the
// rows of a subject come to, as the caller puts it (containers.h). Thread-safe.
class RowCache {
 public:
  using Unit = storage::ChangeStripes::Unit;

  // An object is kept as a whole only when it has no more than that.
  static constexpr size_t kSmallObjectRows = 64;
  static constexpr size_t kSmallObjectBytes = 3 << 10;
  // A point read loads the whole unit only when it has no more rows.
  static constexpr size_t kSmallUnitRows = 64;
  static constexpr size_t kMaxBlockRows = 1 << 14;
  static constexpr size_t kMaxBlockBytes = 48 << 10;

  // What is read, encoded as storage does, and its hash.
  struct Key {
    Unit unit;
    std::string_view bytes;
    uint64_t hash;
  };

  // `stripes` outlives the cache.
  RowCache(ExactCache::Options options, const storage::ChangeStripes* stripes);

  Key KeyOf(Unit unit, std::string_view bytes) const {
    return {unit, bytes, stripes_.Hash(unit, bytes)};
  }
  storage::ChangeStripes::Index StripeOf(const Key& key) const {
    return stripes_.IndexOf(key.hash);
  }

  // Find of this key is near.
  void Prefetch(const Key& key) const { cache_.Prefetch(key.hash); }

  // The bytes of an ObjectBlock; they live as long as the pin.
  std::optional<std::string_view> FindObject(const EpochPin& pin,
                                             const Key& key,
                                             storage::Revision revision);
  // `block` is an ObjectBlock of what a snapshot at `revision` has.
  void InsertObject(const Key& key, storage::Revision revision,
                    std::string_view block);

  // Of the other units. The block lives as long as the pin.
  std::optional<RowBlock> Find(const EpochPin& pin, const Key& key,
                               storage::Revision revision,
                               ExactCache::Asks asks = ExactCache::Asks::kOnce);
  // `block` is a RowBlock of what a snapshot at `revision` has for the key.
  void Insert(const Key& key, storage::Revision revision,
              std::string_view block);

  // What was made of many rows, by a key that begins with kNoSymbol, which no
  // unit's does. As in ExactCache.
  std::optional<ExactCache::Hit> FindMade(const EpochPin& pin,
                                          std::string_view key,
                                          storage::Revision revision,
                                          absl::Time now);
  void InsertMade(std::string_view key, const ExactCache::Value& value);

  // A point read of the unit missed. True now and then: so often were points of
  // that unit (or one of the same hash) missed that the whole unit is worth a
  // scan, which costs several point reads and then serves all subjects.
  bool WorthLoading(const Key& unit);

  // What recorders for it are made with.
  const storage::ChangeStripes* stripes() const { return &stripes_; }
  ExactCacheStats Stats() const { return cache_.Stats(); }

 private:
  static constexpr uint8_t kMissesForUnit = 4;

  void Insert(const Key& key, storage::Revision revision,
              std::string_view block, bool is_mark);

  const storage::ChangeStripes& stripes_;
  ExactCache cache_;
  std::array<std::atomic<uint8_t>, 1 << 14> misses_{};
};

}  // namespace kith::engine
