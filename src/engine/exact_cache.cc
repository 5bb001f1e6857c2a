#include "engine/exact_cache.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <new>

#include "base/fault.h"
#include "base/seeded_bug.h"

namespace kith::engine {
namespace {

using storage::Revision;

// How many buckets one insertion looks through for something to evict.
constexpr int kSweptBuckets = 16;
// Evicted memory that insertion always tolerates.
constexpr size_t kMinRetiredBytes = 4 << 20;

// Bucket::control: bytes 0 to 6 have a tag, and above it whether the way was
// found since the clock last passed.
constexpr uint64_t kOnes = 0x0101'0101'0101'0101;
constexpr uint64_t kWayBits = 0x00ff'ffff'ffff'ffff;
constexpr uint64_t kTagMask = 0x7f;
constexpr uint64_t kFoundMask = 0x80;
constexpr int kHandShift = 56;
constexpr uint64_t kHandMask = uint64_t{7} << kHandShift;
constexpr uint64_t kLocked = uint64_t{1} << 63;

uint64_t Tag(uint64_t hash) { return hash >> 57; }

uint64_t FoundBit(size_t way) { return kFoundMask << (8 * way); }

// The ways whose tag is that of the hash have bit 8 * way + 7.
uint64_t MatchingWays(uint64_t control, uint64_t hash) {
  const uint64_t zero_where_equal =
      (control & (kTagMask * kOnes)) ^ (Tag(hash) * kOnes);
  return ~(zero_where_equal + kTagMask * kOnes) & (kFoundMask * kOnes) &
         kWayBits;
}

// A power of two.
uint64_t Buckets(const ExactCache::Options& options, uint64_t ways) {
  const uint64_t entries =
      options.bytes / std::max<uint64_t>(1, options.typical_entry_bytes);
  return std::bit_floor(std::max<uint64_t>(1, entries / ways));
}

// Memory of zeroes is a table of empty buckets. calloc leaves the pages
// untouched until they are used. A large table is looked at here and there, so
// that huge pages save a miss each time.
void* Zeroes(size_t bytes) {
  constexpr size_t kLarge = 4 << 20;
  void* const zeroes = std::calloc(1, bytes);
  if (zeroes == nullptr) throw std::bad_alloc();
  if (bytes >= kLarge) {
    constexpr uintptr_t kPage = 4096;
    const auto begin = reinterpret_cast<uintptr_t>(zeroes);
    const uintptr_t page = (begin + kPage - 1) / kPage * kPage;
    // Only advice: where it is not taken all goes on with small pages.
    madvise(reinterpret_cast<void*>(page), begin + bytes - page, MADV_HUGEPAGE);
  }
  return zeroes;
}

// The first place for a T at or behind `memory`.
template <typename T>
T* Aligned(void* memory) {
  auto address = reinterpret_cast<uintptr_t>(memory);
  address += (alignof(T) - address % alignof(T)) % alignof(T);
  return reinterpret_cast<T*>(address);
}

// Counters belong to one thread as long as there are no more threads than
// shards, so they need no atomic addition; beyond that a few counts get lost.
void Count(std::atomic<uint64_t>* counter) {
  counter->store(counter->load(std::memory_order_relaxed) + 1,
                 std::memory_order_relaxed);
}

}  // namespace

// Immutable but for one field. Behind it in memory follow its time, unless
// that is always, the dependencies, the key and the payload: most entries are
// found by looking at one line of memory.
struct ExactCache::Entry {
  std::atomic<Revision> verified_at;
  Revision valid_from;
  uint32_t key_size;
  uint32_t payload_size;
  uint32_t dependency_count;
  bool timed;

  static bool IsTimed(const TimeSpan& time) {
    return time.from != absl::InfinitePast() ||
           time.until != absl::InfiniteFuture();
  }
  static size_t Size(bool timed, size_t dependencies, size_t key_size,
                     size_t payload_size) {
    return sizeof(Entry) + (timed ? sizeof(TimeSpan) : 0) +
           dependencies * sizeof(Stripe) + key_size + payload_size;
  }
  static size_t Size(std::string_view key, const Value& value) {
    return Size(IsTimed(value.time), value.dependencies.size(), key.size(),
                value.payload.size());
  }
  // What the allocator takes for so much, near enough.
  static size_t Allocated(size_t size) {
    constexpr size_t kHead = 8;
    constexpr size_t kGrain = 16;
    return (kHead + size + kGrain - 1) / kGrain * kGrain;
  }
  static Entry* Make(std::string_view key, const Value& value,
                     Revision valid_from);
  static void Free(void* entry) { std::free(entry); }

  size_t bytes() const {
    return Allocated(Size(timed, dependency_count, key_size, payload_size));
  }
  TimeSpan time() const {
    return timed ? *reinterpret_cast<const TimeSpan*>(this + 1) : TimeSpan();
  }
  std::span<const Stripe> dependencies() const {
    const char* const behind = reinterpret_cast<const char*>(this + 1) +
                               (timed ? sizeof(TimeSpan) : 0);
    return {reinterpret_cast<const Stripe*>(behind), dependency_count};
  }
  std::string_view key() const {
    const auto before = dependencies();
    return {reinterpret_cast<const char*>(before.data() + before.size()),
            key_size};
  }
  std::string_view payload() const {
    return {key().data() + key_size, payload_size};
  }
};

ExactCache::Entry* ExactCache::Entry::Make(std::string_view key,
                                           const Value& value,
                                           Revision valid_from) {
  static_assert(std::is_trivially_destructible_v<Entry>);
  static_assert(std::is_trivially_copyable_v<TimeSpan>);
  static_assert(sizeof(Entry) % alignof(TimeSpan) == 0);
  void* const memory = std::malloc(Size(key, value));
  if (memory == nullptr) return nullptr;
  auto* const entry = new (memory) Entry{
      .verified_at = value.revision,
      .valid_from = valid_from,
      .key_size = static_cast<uint32_t>(key.size()),
      .payload_size = static_cast<uint32_t>(value.payload.size()),
      .dependency_count = static_cast<uint32_t>(value.dependencies.size()),
      .timed = IsTimed(value.time)};
  char* end = reinterpret_cast<char*>(entry + 1);
  const auto append = [&end](const void* bytes, size_t size) {
    if (size != 0) std::memcpy(end, bytes, size);
    end += size;
  };
  if (entry->timed) append(&value.time, sizeof(value.time));
  append(value.dependencies.data(), value.dependencies.size_bytes());
  append(key.data(), key.size());
  append(value.payload.data(), value.payload.size());
  return entry;
}

// The right to write to a bucket, if no other thread has it.
class ExactCache::BucketLock {
 public:
  explicit BucketLock(Bucket* bucket)
      : bucket_(*bucket),
        control_(bucket->control.fetch_or(kLocked, std::memory_order_acquire)),
        held_((control_ & kLocked) == 0) {}
  ~BucketLock() {
    if (held_) bucket_.control.store(control_, std::memory_order_release);
  }
  BucketLock(const BucketLock&) = delete;
  BucketLock& operator=(const BucketLock&) = delete;

  bool held() const { return held_; }
  // As it was, and will be when the lock is given back.
  uint64_t control() const { return control_; }

  void SetTag(size_t way, uint64_t hash) {
    const int shift = static_cast<int>(8 * way);
    control_ &= ~(uint64_t{0xff} << shift);
    control_ |= Tag(hash) << shift;
  }
  // Whether the way was found since the clock last passed it, as it does now.
  bool PassFound(size_t way) {
    const bool found = (control_ & FoundBit(way)) != 0;
    control_ &= ~FoundBit(way);
    return found;
  }
  // The way at which the clock stands, which then moves on.
  size_t NextWay() {
    const size_t way = (control_ & kHandMask) >> kHandShift;
    control_ &= ~kHandMask;
    control_ |= static_cast<uint64_t>((way + 1) % kWays) << kHandShift;
    return way;
  }

 private:
  Bucket& bucket_;
  uint64_t control_;
  const bool held_;
};

ExactCache::ExactCache(const Options& options,
                       const storage::ChangeStripes* stripes)
    : stripes_(*stripes),
      hash_bits_(options.hash_bits),
      bucket_mask_(Buckets(options, kWays) - 1),
      max_bytes_(options.bytes -
                 std::min(options.bytes,
                          Buckets(options, kWays) * kTableBytesPerBucket)),
      max_entry_bytes_(std::min(options.max_entry_bytes, options.bytes / 8)),
      table_(Zeroes((bucket_mask_ + 2) * sizeof(Bucket))),
      buckets_(Aligned<Bucket>(table_.get())),
      offered_(
          new std::atomic<uint8_t>[kOfferedPerBucket * (bucket_mask_ + 1)]()) {
  static_assert(sizeof(Bucket) == 64);
}

ExactCache::~ExactCache() {
  for (size_t i = 0; i <= bucket_mask_; ++i) {
    for (auto& way : buckets_[i].ways) {
      Entry::Free(way.load(std::memory_order_relaxed));
    }
  }
}

std::optional<ExactCache::Hit> ExactCache::Find(const EpochPin& pin,
                                                std::string_view key,
                                                uint64_t hash,
                                                Revision revision,
                                                absl::Time now, Asks asks) {
  hash = Reduce(hash);
  Bucket& bucket = BucketOf(hash);
  Shard& counters = shard(pin);
  const uint64_t control = bucket.control.load(std::memory_order_acquire);
  uint64_t matching = MatchingWays(control, hash);
  for (; matching != 0; matching &= matching - 1) {
    const auto way = static_cast<size_t>(std::countr_zero(matching)) / 8;
    KITH_FAULT_POINT("cache.find.entry");
    Entry* const entry = bucket.ways[way].load(std::memory_order_seq_cst);
    if (entry == nullptr) continue;
    if (entry->key() != key && !IsSeeded(SeededBug::kCacheComparesHashes)) {
      continue;
    }
    if (!Holds(entry, revision, now)) {
      if (asks == Asks::kOnce) Count(&counters.stale);
      return std::nullopt;
    }
    if ((control & FoundBit(way)) == 0) {
      bucket.control.fetch_or(FoundBit(way), std::memory_order_relaxed);
    }
    Count(&counters.hits);
    return Hit{entry->payload(), entry->dependencies(), entry->time()};
  }
  if (asks == Asks::kOnce) Count(&counters.misses);
  return std::nullopt;
}

bool ExactCache::Holds(Entry* entry, Revision revision, absl::Time now) const {
  if (entry->timed && !entry->time().Contains(now)) return false;
  const Revision verified = entry->verified_at.load(std::memory_order_relaxed);
  if (revision <= verified) return entry->valid_from <= revision;
  KITH_FAULT_POINT("cache.find.verify");
  for (const Stripe stripe : entry->dependencies()) {
    if (stripes_.LastChange(stripe) > verified) return false;
    if (IsSeeded(SeededBug::kCacheVerifiesTheFirst)) break;
  }
  KITH_FAULT_POINT("cache.find.verified");
  entry->verified_at.store(revision, std::memory_order_relaxed);
  return true;
}

bool ExactCache::Insert(std::string_view key, uint64_t hash,
                        const Value& value) {
  const EpochPin pin;
  const size_t bytes = Entry::Allocated(Entry::Size(key, value));
  const auto refuse = [&] {
    Count(&shard(pin).refusals);
    return false;
  };
  if (bytes > max_entry_bytes_) return refuse();
  if (RetiredBytes() > std::max<uint64_t>(max_bytes_ / 4, kMinRetiredBytes)) {
    // Looking whether readers have gone on takes a while, so not each time.
    static thread_local uint32_t tries = 0;
    if (tries++ % 64 == 0) FreeRetired();
    return refuse();
  }
  hash = Reduce(hash);
  if (!Admits(hash, bytes)) return refuse();
  if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes > max_bytes_) {
    MakeRoom();
  }
  Entry* entry = nullptr;
  if (bytes_.load(std::memory_order_relaxed) <= max_bytes_) {
    // What changed last in the dependencies changed at vf, or after what was
    // read; then nothing is known of earlier revisions.
    const Revision last = IsSeeded(SeededBug::kCacheValidFromTheStart)
                              ? 0
                              : stripes_.LastChange(value.dependencies);
    entry =
        Entry::Make(key, value, last <= value.revision ? last : value.revision);
  }
  if (entry == nullptr || !Place(hash, entry)) {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    Entry::Free(entry);
    return refuse();
  }
  Count(&shard(pin).inserts);
  return true;
}

// A full cache takes in what it was offered before: most of what is asked once
// is not asked again, and to take it costs more than to find it.
bool ExactCache::Admits(uint64_t hash, size_t bytes) {
  if (bytes_.load(std::memory_order_relaxed) + bytes <= max_bytes_) return true;
  const uint64_t control =
      BucketOf(hash).control.load(std::memory_order_relaxed);
  if (MatchingWays(control, hash) != 0) return true;  // likely to replace it
  std::atomic<uint8_t>& offered =
      offered_[(hash >> 8) & (kOfferedPerBucket * (bucket_mask_ + 1) - 1)];
  const auto mark = static_cast<uint8_t>(1 | hash >> 56);
  if (offered.load(std::memory_order_relaxed) == mark) return true;
  offered.store(mark, std::memory_order_relaxed);
  return false;
}

bool ExactCache::Place(uint64_t hash, Entry* entry) {
  Bucket& bucket = BucketOf(hash);
  BucketLock lock(&bucket);
  if (!lock.held()) return false;
  const size_t way = ChooseWay(bucket, &lock, hash, *entry);
  if (way == kWays) return false;
  Entry* const old = bucket.ways[way].load(std::memory_order_relaxed);
  KITH_FAULT_POINT("cache.insert.publish");
  bucket.ways[way].store(entry, std::memory_order_seq_cst);
  lock.SetTag(way, hash);
  entries_.fetch_add(1, std::memory_order_relaxed);
  if (old != nullptr) Discard(old);
  return true;
}

// The way of the same key, unless something newer is known there (then kWays);
// else an empty one; else that of an entry which was not used for a while.
size_t ExactCache::ChooseWay(const Bucket& bucket, BucketLock* lock,
                             uint64_t hash, const Entry& entry) {
  const auto at = [&bucket](size_t way) {
    return bucket.ways[way].load(std::memory_order_relaxed);
  };
  uint64_t matching = MatchingWays(lock->control(), hash);
  for (; matching != 0; matching &= matching - 1) {
    const auto way = static_cast<size_t>(std::countr_zero(matching)) / 8;
    const Entry* const known = at(way);
    if (known == nullptr || known->key() != entry.key()) continue;
    const bool newer = known->verified_at.load(std::memory_order_relaxed) >
                       entry.verified_at.load(std::memory_order_relaxed);
    return newer ? kWays : way;
  }
  for (size_t way = 0; way < kWays; ++way) {
    if (at(way) == nullptr) return way;
  }
  const EpochPin pin;
  Count(&shard(pin).evictions);
  for (size_t looked = 0; looked < kWays; ++looked) {
    const size_t way = lock->NextWay();
    if (!lock->PassFound(way)) return way;
  }
  return lock->NextWay();
}

void ExactCache::MakeRoom() {
  const EpochPin pin;
  for (int i = 0; i < kSweptBuckets; ++i) {
    Bucket& bucket =
        buckets_[sweep_hand_.fetch_add(1, std::memory_order_relaxed) &
                 bucket_mask_];
    BucketLock lock(&bucket);
    if (!lock.held()) continue;
    for (size_t way = 0; way < kWays; ++way) {
      if (bytes_.load(std::memory_order_relaxed) <= max_bytes_) return;
      Entry* const entry = bucket.ways[way].load(std::memory_order_relaxed);
      if (entry == nullptr || lock.PassFound(way)) continue;
      bucket.ways[way].store(nullptr, std::memory_order_seq_cst);
      Count(&shard(pin).evictions);
      Discard(entry);
    }
  }
}

void ExactCache::Discard(Entry* entry) {
  const size_t bytes = entry->bytes();
  bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  entries_.fetch_sub(1, std::memory_order_relaxed);
  RetireMemory(entry, &Entry::Free, bytes);
}

ExactCacheStats ExactCache::Stats() const {
  ExactCacheStats stats;
  for (const Shard& shard : shards_) {
    stats.hits += shard.hits.load(std::memory_order_relaxed);
    stats.misses += shard.misses.load(std::memory_order_relaxed);
    stats.stale += shard.stale.load(std::memory_order_relaxed);
    stats.inserts += shard.inserts.load(std::memory_order_relaxed);
    stats.refusals += shard.refusals.load(std::memory_order_relaxed);
    stats.evictions += shard.evictions.load(std::memory_order_relaxed);
  }
  stats.bytes = bytes_.load(std::memory_order_relaxed) +
                (bucket_mask_ + 1) * kTableBytesPerBucket;
  stats.entries = entries_.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace kith::engine
