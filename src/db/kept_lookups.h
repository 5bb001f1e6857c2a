#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/hash.h"
#include "base/mutex.h"
#include "engine/engine.h"
#include "engine/lookup_outcome.h"
#include "kith/database.h"

namespace kith::db {

// What lookups found on their way, kept for the next pages of their answers.
// Keys are compared in full, and must say everything that decides the outcome
// but the time: query and revision. So a page that finds nothing here walks
// again and gives the same. Beyond the bound of memory the outcome used least
// recently goes first. Thread-safe.
class KeptLookups {
 public:
  // With 0 bytes nothing is kept.
  explicit KeptLookups(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // What was kept under the key, if it is still right at the time of the
  // evaluation; else null. `Outcome` is the type that such keys are kept with.
  template <typename Outcome>
  std::shared_ptr<const Outcome> Find(std::string_view key,
                                      const engine::Evaluation& evaluation) {
    return std::static_pointer_cast<const Outcome>(FindAny(key, evaluation));
  }

  // Replaces what was kept under the key. Not kept if it is larger than all the
  // memory.
  void Keep(std::string key,
            std::shared_ptr<const engine::LookupOutcome> outcome);

  CacheStats stats() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const engine::LookupOutcome> outcome;
    uint64_t bytes = 0;
  };
  using Entries = std::list<Entry>;

  std::shared_ptr<const engine::LookupOutcome> FindAny(
      std::string_view key, const engine::Evaluation& evaluation);
  // Moves an entry to `dropped`, where it is freed without the lock.
  void DropLocked(Entries::iterator entry, Entries* dropped)
      KITH_REQUIRES(mutex_);

  const uint64_t max_bytes_;
  mutable Mutex mutex_;
  Entries entries_ KITH_GUARDED_BY(mutex_);  // the last used first
  absl::flat_hash_map<std::string_view, Entries::iterator, StringHash> index_
      KITH_GUARDED_BY(mutex_);  // by the entries' keys
  uint64_t bytes_ KITH_GUARDED_BY(mutex_) = 0;
  CacheStats stats_ KITH_GUARDED_BY(mutex_);  // but for bytes and entries
};

}  // namespace kith::db
