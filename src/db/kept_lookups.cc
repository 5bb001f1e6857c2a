#include "db/kept_lookups.h"

#include <iterator>

namespace kith::db {
namespace {

// Of an entry, beside what it has.
constexpr uint64_t kOverheadBytes = 192;

}  // namespace

std::shared_ptr<const engine::LookupOutcome> KeptLookups::FindAny(
    std::string_view key, const engine::Evaluation& evaluation) {
  if (max_bytes_ == 0) return nullptr;
  MutexLock lock(&mutex_);
  const auto it = index_.find(key);
  if (it == index_.end()) {
    ++stats_.misses;
    return nullptr;
  }
  if (!it->second->outcome->HoldsFor(evaluation)) {
    ++stats_.stale;
    return nullptr;
  }
  ++stats_.hits;
  entries_.splice(entries_.begin(), entries_, it->second);
  return it->second->outcome;
}

void KeptLookups::Keep(std::string key,
                       std::shared_ptr<const engine::LookupOutcome> outcome) {
  const uint64_t bytes = kOverheadBytes + key.size() + outcome->bytes();
  const bool fits = bytes <= max_bytes_;
  Entries dropped;
  Entries added;
  added.push_back({std::move(key), std::move(outcome), bytes});
  MutexLock lock(&mutex_);
  ++(fits ? stats_.inserts : stats_.refusals);
  if (!fits) return;
  if (const auto it = index_.find(added.front().key); it != index_.end()) {
    DropLocked(it->second, &dropped);
  }
  while (bytes_ + bytes > max_bytes_) {
    ++stats_.evictions;
    DropLocked(std::prev(entries_.end()), &dropped);
  }
  bytes_ += bytes;
  entries_.splice(entries_.begin(), added);
  index_.emplace(entries_.front().key, entries_.begin());
}

void KeptLookups::DropLocked(Entries::iterator entry, Entries* dropped) {
  index_.erase(entry->key);
  bytes_ -= entry->bytes;
  dropped->splice(dropped->end(), entries_, entry);
}

CacheStats KeptLookups::stats() const {
  MutexLock lock(&mutex_);
  CacheStats stats = stats_;
  stats.bytes = bytes_;
  stats.entries = entries_.size();
  return stats;
}

}  // namespace kith::db
