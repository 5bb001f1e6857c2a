#include "db/parts.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "db/consistency.h"

namespace kith::db {
namespace {

constexpr uint64_t kMaxStripes = 1ull << 28;

absl::Status CheckOptions(const Options& options) {
  if (options.path.empty() && !options.in_memory) {
    return InvalidArgument("options.path is empty and in_memory is off");
  }
  if (options.gc_window < absl::Seconds(1)) {
    return InvalidArgument(
        fmt::format("options.gc_window \"{}\" is below its minimum of 1s",
                    absl::FormatDuration(options.gc_window)));
  }
  if (options.gc_interval <= absl::ZeroDuration()) {
    return InvalidArgument(
        fmt::format("options.gc_interval \"{}\" is not positive",
                    absl::FormatDuration(options.gc_interval)));
  }
  if (options.watch_heartbeat <= absl::ZeroDuration()) {
    return InvalidArgument(
        fmt::format("options.watch_heartbeat \"{}\" is not positive",
                    absl::FormatDuration(options.watch_heartbeat)));
  }
  const std::pair<std::string_view, uint64_t> limits[] = {
      {"max_depth", options.max_depth},
      {"max_check_edges", options.max_check_edges},
      {"max_expand_nodes", options.max_expand_nodes},
      {"max_trace_steps", options.max_trace_steps},
      {"max_lookup_edges", options.max_lookup_edges},
      {"max_lookup_candidates", options.max_lookup_candidates},
      {"max_lookup_subjects", options.max_lookup_subjects},
      {"max_lookup_limit", options.max_lookup_limit},
      {"max_updates_per_write", options.max_updates_per_write},
      {"max_read_limit", options.max_read_limit},
      {"max_delete_limit", options.max_delete_limit},
      {"max_bulk_checks", options.max_bulk_checks},
      {"max_schema_bytes", options.max_schema_bytes},
      {"max_import_bytes", options.max_import_bytes},
      {"max_export_limit", options.max_export_limit},
      {"max_counters", options.max_counters},
      {"max_watchers", options.max_watchers},
      {"max_watch_event_bytes", options.max_watch_event_bytes},
  };
  for (const auto& [name, limit] : limits) {
    if (limit == 0) {
      return InvalidArgument(fmt::format("options.{} must be positive", name));
    }
  }
  if (options.change_stripes == 0 || options.change_stripes > kMaxStripes) {
    return InvalidArgument(fmt::format(
        "options.change_stripes \"{}\" is not from 1 to {}",
        options.change_stripes, kMaxStripes));
  }
  return absl::OkStatus();
}

absl::StatusOr<View> ViewOf(std::unique_ptr<storage::Snapshot> snapshot,
                            const Parts& parts) {
  const storage::Revision revision =
      IsSeeded(SeededBug::kNewestSchemaAlways) ? parts.store->head()
                                               : snapshot->revision();
  KITH_ASSIGN_OR_RETURN(auto schema, parts.schemas->At(revision));
  return View{std::move(snapshot), std::move(schema), parts.clock->Now(),
              parts.caches.get()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Parts>> OpenParts(const Options& options) {
  KITH_RETURN_IF_ERROR(CheckOptions(options));
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  storage::StoreOptions store_options;
  store_options.path = options.path;
  store_options.in_memory = options.in_memory;
  store_options.create_if_missing = options.create_if_missing;
  store_options.block_cache_bytes = options.block_cache_bytes;
  store_options.change_stripes = options.change_stripes;
  KITH_ASSIGN_OR_RETURN(parts->store, storage::Store::Open(store_options));
  storage::Store* const store = parts->store.get();
  KITH_ASSIGN_OR_RETURN(parts->tokens, TokenCodec::Create(store->database_id(),
                                                          store->mac_key()));
  KITH_ASSIGN_OR_RETURN(
      parts->cursors,
      CursorCodec::Create(store->database_id(), store->mac_key()));
  parts->caches = std::make_unique<Caches>(options, &store->change_stripes());
  parts->kept_lookups =
      std::make_unique<KeptLookups>(options.lookup_cache_bytes);
  KITH_ASSIGN_OR_RETURN(parts->schemas, SchemaCache::Create(store));
  // Time never goes back, also not over a restart with a clock set back: what
  // has expired stays expired.
  parts->clock = std::make_unique<MonotoneClock>(options.now);
  parts->clock->Raise(store->last_commit_time());
  parts->time_leases = std::make_unique<TimeLeases>();
  parts->watch_hub = std::make_unique<WatchHub>(store, options.max_watchers);
  return parts;
}

absl::StatusOr<View> ViewFor(const Consistency& consistency,
                             const Parts& parts) {
  KITH_ASSIGN_OR_RETURN(auto snapshot, SnapshotFor(consistency, *parts.tokens,
                                                   parts.store.get()));
  return ViewOf(std::move(snapshot), parts);
}

absl::StatusOr<View> ViewAt(storage::Revision revision, const Parts& parts) {
  KITH_ASSIGN_OR_RETURN(auto snapshot, SnapshotAt(revision, parts.store.get()));
  return ViewOf(std::move(snapshot), parts);
}

}  // namespace kith::db
