#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "absl/time/time.h"
#include "base/epoch.h"
#include "storage/change_stripes.h"
#include "storage/types.h"

namespace kith::engine {

// A moment or a stretch of time, for what rows with an expiry decide.
struct TimeSpan {
  absl::Time from = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();  // exclusive

  bool Contains(absl::Time now) const { return from <= now && now < until; }
  void Intersect(const TimeSpan& other) {
    from = std::max(from, other.from);
    until = std::min(until, other.until);
  }
};

struct ExactCacheStats {
  uint64_t hits = 0;
  uint64_t misses = 0;  // no entry
  uint64_t stale = 0;   // an entry, but not of that revision and time
  uint64_t inserts = 0;
  // Not inserted: too big, no room, new to a full cache, contention, older.
  uint64_t refusals = 0;
  uint64_t evictions = 0;
  uint64_t bytes = 0;    // of the table and the entries in it
  uint64_t entries = 0;  // in it now
};

// A cache that cannot serve what is out of date: an entry is found only at
// revisions and times at which it is known to be exactly what a reading of the
// store would give. Nobody has to tell it of a write.
//
// An entry has
//
//   key, payload   bytes. Keys are compared in full: a hash only finds.
//   [from, until)  the time in which it holds.
//   dependencies   the stripes of all keys that the reading depended on.
//   vf             valid from: at no revision of (vf, va] a row of the
//                  dependencies changed.
//   va             verified at: the revision that was read at, at first. It is
//                  never an upper bound of what is good, only of what is known.
//
// and a lookup at revision r, which must not be beyond a head that its thread
// has read (acquire), at time now:
//
//   vf <= r <= va                               hit: nothing changed in between
//   r > va, no dependency changed since va      hit, and va becomes r
//   otherwise, or now outside of [from, until)  stale
//
// Why a hit is right. Suppose that a commit c of (va, r] changed a row of a
// dependency. It stamped the stripe before the head moved to c, and the thread
// read a head >= r >= c, so it finds the stripe at or above c > va: stale. So
// nothing changed, and what was true at va is true at r. The first va is the
// revision of the snapshot that was read, so an insertion that comes late,
// after any number of commits, inserts what was true at va and claims no more:
// there is nothing to be raced. And va never is too high when two threads write
// it at once, since each value that is written was proven.
//
// Memory: the table and its entries stay within Options::bytes. Beside it there
// is what was evicted and may still be looked at; when that grows to a quarter
// of the bytes (or 4 MiB) insertion is refused until readers have gone on.
//
// Thread safety: everything by any thread. Finding takes no lock and waits for
// no one; it needs a pin, which its result must not outlive. Inserting gives up
// where another thread inserts into the same bucket.
//
// Fault points at the shared steps: "cache.find.entry" before an entry is
// loaded, "cache.find.verify" before a revision beyond va is judged by the
// stripes, "cache.find.verified" before va is raised, "cache.insert.publish"
// before a new entry can be found.
class ExactCache {
 public:
  using Revision = storage::Revision;
  using Stripe = storage::ChangeStripes::Index;

  struct Options {
    uint64_t bytes = 0;
    // What an entry takes as a rule: decides how many the table has room for.
    uint64_t typical_entry_bytes = 192;
    // Entries above it are refused, and those above an eighth of `bytes`.
    uint64_t max_entry_bytes = 64 << 10;
    // Fewer than 64 make keys collide on purpose, for tests.
    uint32_t hash_bits = 64;
  };

  struct Hit {
    std::string_view payload;
    std::span<const Stripe> dependencies;
    TimeSpan time;
  };

  // What is inserted, apart from its key.
  struct Value {
    std::string_view payload;
    Revision revision = 0;  // read at
    TimeSpan time;
    std::span<const Stripe> dependencies;
  };

  // `stripes` outlives the cache.
  ExactCache(const Options& options, const storage::ChangeStripes* stripes);
  // No one may use it any more.
  ~ExactCache();
  ExactCache(const ExactCache&) = delete;
  ExactCache& operator=(const ExactCache&) = delete;

  // Begins to fetch what a lookup of that hash will look at first.
  void Prefetch(uint64_t hash) const {
    __builtin_prefetch(&BucketOf(Reduce(hash)));
  }

  // `hash` is any function of the key. The views live as long as the pin.
  // kProbe: a miss is not counted, since the caller will ask again.
  enum class Asks : uint8_t { kOnce, kProbe };
  std::optional<Hit> Find(const EpochPin& pin, std::string_view key,
                          uint64_t hash, Revision revision, absl::Time now,
                          Asks asks = Asks::kOnce);

  // Replaces the entry of the key unless that is verified beyond the revision.
  // False when it was refused, which is no error.
  bool Insert(std::string_view key, uint64_t hash, const Value& value);

  ExactCacheStats Stats() const;

  // How many entries there is room for in the table.
  size_t capacity() const { return (bucket_mask_ + 1) * kWays; }

 private:
  static constexpr size_t kWays = 7;
  static constexpr size_t kShards = 32;

  struct Entry;
  // One line of memory. `control` has some bits of each way's hash and whether
  // it was found lately, so that other entries are seldom looked at; above them
  // the hand of the clock and the lock of those who write.
  struct alignas(64) Bucket {
    std::atomic<uint64_t> control{0};
    std::array<std::atomic<Entry*>, kWays> ways{};
  };
  struct alignas(64) Shard {
    std::atomic<uint64_t> hits{0};
    std::atomic<uint64_t> misses{0};
    std::atomic<uint64_t> stale{0};
    std::atomic<uint64_t> inserts{0};
    std::atomic<uint64_t> refusals{0};
    std::atomic<uint64_t> evictions{0};
  };
  struct FreeTable {
    void operator()(void* table) const { std::free(table); }
  };
  class BucketLock;

  // Of `offered_`.
  static constexpr size_t kOfferedPerBucket = 8;
  static constexpr size_t kTableBytesPerBucket =
      sizeof(Bucket) + kOfferedPerBucket;

  uint64_t Reduce(uint64_t hash) const {
    return hash_bits_ >= 64 ? hash : hash & ((uint64_t{1} << hash_bits_) - 1);
  }
  // By the low bits; tags are made of the high ones.
  Bucket& BucketOf(uint64_t hash) const {
    return buckets_[hash & bucket_mask_];
  }

  bool Holds(Entry* entry, Revision revision, absl::Time now) const;
  bool Admits(uint64_t hash, size_t bytes);
  bool Place(uint64_t hash, Entry* entry);
  size_t ChooseWay(const Bucket& bucket, BucketLock* lock, uint64_t hash,
                   const Entry& entry);
  // Evicts here and there until `bytes_` is within its limit or it has looked
  // at enough.
  void MakeRoom();
  // Of an entry that can no longer be found.
  void Discard(Entry* entry);
  Shard& shard(const EpochPin& pin) const {
    return shards_[pin.thread_index() % kShards];
  }

  const storage::ChangeStripes& stripes_;
  const uint32_t hash_bits_;
  const uint64_t bucket_mask_;
  const uint64_t max_bytes_;  // of entries
  const uint64_t max_entry_bytes_;
  const std::unique_ptr<void, FreeTable> table_;
  Bucket* const buckets_;  // in table_
  // Marks of what was refused because it had not been offered before.
  const std::unique_ptr<std::atomic<uint8_t>[]> offered_;
  alignas(64) std::atomic<uint64_t> bytes_{0};  // of entries
  std::atomic<uint64_t> entries_{0};
  std::atomic<uint64_t> sweep_hand_{0};
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace kith::engine
