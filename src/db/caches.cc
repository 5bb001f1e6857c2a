#include "db/caches.h"

#include <fmt/format.h>

#include <utility>

#include "kith/values.h"

namespace kith::db {
namespace {

// What an entry takes as a rule. Rows: a unit of a few subjects. Results: some
// dependencies, two ids and a few names.
constexpr uint64_t kTypicalRowBytes = 192;
constexpr uint64_t kTypicalResultBytes = 224;

template <typename Cache>
std::unique_ptr<Cache> MakeCache(uint64_t bytes, uint64_t typical_bytes,
                                 const Options& options,
                                 const storage::ChangeStripes* stripes) {
  if (bytes == 0) return nullptr;
  return std::make_unique<Cache>(
      engine::ExactCache::Options{.bytes = bytes,
                                  .typical_entry_bytes = typical_bytes,
                                  .hash_bits = options.cache_hash_bits},
      stripes);
}

CacheStats StatsOf(const engine::ExactCacheStats& stats) {
  return {.hits = stats.hits,
          .misses = stats.misses,
          .stale = stats.stale,
          .inserts = stats.inserts,
          .refusals = stats.refusals,
          .evictions = stats.evictions,
          .bytes = stats.bytes,
          .entries = stats.entries};
}

bool Same(const CheckAnswer& a, const CheckAnswer& b) {
  return a.permissionship == b.permissionship &&
         a.missing_context == b.missing_context;
}

std::string_view Name(Permissionship permissionship) {
  switch (permissionship) {
    case Permissionship::kHasPermission:
      return "yes";
    case Permissionship::kConditional:
      return "conditional";
    case Permissionship::kNoPermission:
      break;
  }
  return "no";
}

}  // namespace

Caches::Caches(const Options& options, const storage::ChangeStripes* stripes)
    : interval_(options.shadow_check_interval),
      warn_(options.warn),
      rows_(MakeCache<engine::RowCache>(options.row_cache_bytes,
                                        kTypicalRowBytes, options, stripes)),
      results_(MakeCache<engine::ResultCache>(
          options.result_cache_bytes, kTypicalResultBytes, options, stripes)) {}

bool Caches::TakesSample() const {
  if (interval_ == 0 || (rows() == nullptr && results() == nullptr)) {
    return false;
  }
  static thread_local uint64_t calls = 0;
  return ++calls % interval_ == 0;
}

CheckAnswer Caches::Compare(const engine::ResultCache::Question& question,
                            storage::Revision revision, CheckAnswer answer,
                            const absl::StatusOr<CheckAnswer>& plain) {
  if (!plain.ok()) return answer;
  compared_.fetch_add(1, std::memory_order_relaxed);
  if (Same(answer, *plain)) return answer;
  mismatches_.fetch_add(1, std::memory_order_relaxed);
  given_up_.store(true, std::memory_order_relaxed);
  if (warn_) {
    warn_(fmt::format(
        "the caches are given up: at revision {} they said \"{}\" where the "
        "stored relationships say \"{}\", of {}#{}@{}",
        revision, Name(answer.permissionship), Name(plain->permissionship),
        question.resource.ToString(), question.permission,
        question.subject.ToString()));
  }
  return *plain;
}

void Caches::AddStats(DatabaseStats* stats) const {
  if (rows_ != nullptr) stats->row_cache = StatsOf(rows_->Stats());
  if (results_ != nullptr) stats->result_cache = StatsOf(results_->Stats());
  stats->shadow_checks = compared_.load(std::memory_order_relaxed);
  stats->shadow_mismatches = mismatches_.load(std::memory_order_relaxed);
  stats->caches_given_up = given_up();
}

}  // namespace kith::db
