#include "engine/row_cache.h"

#include "absl/time/time.h"
#include "base/hash.h"

namespace kith::engine {

RowCache::RowCache(ExactCache::Options options,
                   const storage::ChangeStripes* stripes)
    : stripes_(*stripes), cache_(options, stripes) {}

// Keys of different units are never equal bytes: behind the first id, which
// both would share, a kForward key has 4 bytes, a kReverse key 6 and a kPoint
// key at least 7.
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
  const storage::ChangeStripes::Index stripe = StripeOf(key);
  ExactCache::Value value{.payload = block, .revision = revision};
  if (!RowBlock(block).large()) value.dependencies = {&stripe, 1};
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
