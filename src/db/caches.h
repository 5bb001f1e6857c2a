#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/result_cache.h"
#include "engine/row_cache.h"
#include "kith/database.h"
#include "storage/change_stripes.h"
#include "storage/types.h"

namespace kith::db {

// The caches of one database, and the watch over them: now and then an answer
// that they had a part in is compared with one found without them. They are
// exact, so the two never differ; should they do so all the same, the caches
// are given up for as long as the database is open, which costs speed and no
// answer. Thread-safe.
class Caches {
 public:
  // `stripes` outlives it.
  Caches(const Options& options, const storage::ChangeStripes* stripes);

  // Null: switched off or given up.
  engine::RowCache* rows() const { return given_up() ? nullptr : rows_.get(); }
  engine::ResultCache* results() const {
    return given_up() ? nullptr : results_.get();
  }

  // True for one of Options::shadow_check_interval calls, of each thread, as
  // long as there is a cache in use.
  bool TakesSample() const;
  // `answer`, which the caches had a part in, against `plain`, the answer of
  // the same question at the same revision and time without them. Gives the one
  // to hand out. An error of the second proves nothing.
  CheckAnswer Compare(const engine::ResultCache::Question& question,
                      storage::Revision revision, CheckAnswer answer,
                      const absl::StatusOr<CheckAnswer>& plain);

  void AddStats(DatabaseStats* stats) const;

 private:
  bool given_up() const { return given_up_.load(std::memory_order_relaxed); }

  const uint64_t interval_;
  const std::function<void(std::string_view)> warn_;
  const std::unique_ptr<engine::RowCache> rows_;
  const std::unique_ptr<engine::ResultCache> results_;
  std::atomic<bool> given_up_{false};
  std::atomic<uint64_t> compared_{0};
  std::atomic<uint64_t> mismatches_{0};
};

}  // namespace kith::db
