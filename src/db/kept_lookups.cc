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
  if (it == index_.end() || !it->second->outcome->HoldsFor(evaluation)) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  entries_.splice(entries_.begin(), entries_, it->second);
  return it->second->outcome;
}

void KeptLookups::Keep(std::string key,
                       std::shared_ptr<const engine::LookupOutcome> outcome) {
  const uint64_t bytes = kOverheadBytes + key.size() + outcome->bytes();
  if (bytes > max_bytes_) return;
  Entries dropped;
  Entries added;
  added.push_back({std::move(key), std::move(outcome), bytes});
  MutexLock lock(&mutex_);
  if (const auto it = index_.find(added.front().key); it != index_.end()) {
    DropLocked(it->second, &dropped);
  }
  while (bytes_ + bytes > max_bytes_) {
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

KeptLookups::Stats KeptLookups::stats() const {
  MutexLock lock(&mutex_);
  return {hits_, misses_, bytes_, entries_.size()};
}

}  // namespace kith::db
