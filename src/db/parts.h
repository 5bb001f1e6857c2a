#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "db/caches.h"
#include "db/cursor.h"
#include "db/kept_lookups.h"
#include "db/schema_cache.h"
#include "db/time_leases.h"
#include "db/token.h"
#include "db/watch_hub.h"
#include "kith/database.h"
#include "storage/store.h"

namespace kith::db {

// What every call on an open database needs, each thread-safe by itself.
struct Parts {
  Options options;
  std::unique_ptr<storage::Store> store;
  std::unique_ptr<TokenCodec> tokens;
  std::unique_ptr<CursorCodec> cursors;
  std::unique_ptr<Caches> caches;
  std::unique_ptr<KeptLookups> kept_lookups;
  std::unique_ptr<SchemaCache> schemas;
  std::unique_ptr<MonotoneClock> clock;
  std::unique_ptr<TimeLeases> time_leases;
  std::unique_ptr<WatchHub> watch_hub;
};

// Checks `options` (INVALID_ARGUMENT names the bad one), opens the store and
// makes the rest.
absl::StatusOr<std::unique_ptr<Parts>> OpenParts(const Options& options);

// One moment of the database: what a call reads from.
struct View {
  std::unique_ptr<storage::Snapshot> snapshot;
  SchemaPtr schema;  // in force at the snapshot
  absl::Time now;    // decides what is expired, for the whole call
  Caches* caches = nullptr;
};

absl::StatusOr<View> ViewFor(const Consistency& consistency,
                             const Parts& parts);
absl::StatusOr<View> ViewAt(storage::Revision revision, const Parts& parts);

}  // namespace kith::db
