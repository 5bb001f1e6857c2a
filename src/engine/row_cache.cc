#include "engine/row_cache.h"

#include "absl/time/time.h"
#include "base/hash.h"
#include "engine/object_block.h"

namespace kith::engine {

RowCache::RowCache(ExactCache::Options options,
                   const storage::ChangeStripes* stripes)
    : stripes_(*stripes), cache_(options, stripes) {}

// Keys of different units are never equal bytes: behind the first id, which
// both would share, a kObject key has nothing, a kForward key 4 bytes, a
// kReverse key 6 and a kPoint key at least 7.
std::optional<std::string_view> RowCache::FindObject(
    const EpochPin& pin, const Key& key, storage::Revision revision) {
  const auto hit = cache_.Find(pin, key.bytes, key.hash, revision,
                               absl::InfinitePast(), ExactCache::Asks::kOnce);
  if (!hit) return std::nullopt;
  return hit->payload;
}

void RowCache::InsertObject(const Key& key, storage::Revision revision,
                            std::string_view block) {
  Insert(key, revision, block, ObjectBlock(block).large());
}

std::optional<RowBlock> RowCache::Find(const EpochPin& pin, const Key& key,
                                       storage::Revision revision,
                                       ExactCache::Asks asks) {
  const auto hit = cache_.Find(pin, key.bytes, key.hash, revision,
                               absl::InfinitePast(), asks);
  if (!hit) return std::nullopt;
  return RowBlock(hit->payload);
}

void RowCache::Insert(const Key& key, storage::Revision revision,
                      std::string_view block) {
  Insert(key, revision, block, RowBlock(block).large());
}

void RowCache::Insert(const Key& key, storage::Revision revision,
                      std::string_view block, bool is_mark) {
  const storage::ChangeStripes::Index stripe = StripeOf(key);
  ExactCache::Value value{.payload = block, .revision = revision};
  if (!is_mark) value.dependencies = {&stripe, 1};
  cache_.Insert(key.bytes, key.hash, value);
}

std::optional<ExactCache::Hit> RowCache::FindMade(const EpochPin& pin,
                                                  std::string_view key,
                                                  storage::Revision revision,
                                                  absl::Time now) {
  return cache_.Find(pin, key, Hash64(key), revision, now,
                     ExactCache::Asks::kProbe);
}

void RowCache::InsertMade(std::string_view key,
                          const ExactCache::Value& value) {
  cache_.Insert(key, Hash64(key), value);
}

bool RowCache::WorthLoading(const Key& unit) {
  std::atomic<uint8_t>& misses = misses_[unit.hash % misses_.size()];
  return misses.fetch_add(1, std::memory_order_relaxed) % kMissesForUnit ==
         kMissesForUnit - 1;
}

}  // namespace kith::engine
