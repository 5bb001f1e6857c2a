#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "engine/engine.h"
#include "storage/store.h"

namespace kith::db {

// A schema from the commit that wrote it on.
struct SchemaInForce {
  storage::Revision since = 0;  // 0: the empty schema before the first
  std::string text;             // canonical
  std::shared_ptr<const engine::CompiledSchema> compiled;

  const schema::Schema& schema() const { return compiled->schema(); }
};
using SchemaPtr = std::shared_ptr<const SchemaInForce>;

// Compiled schemas by revision: exactly the one in force at the revision asked
// for. The newest is kept; of older ones the few used last. Thread-safe.
class SchemaCache {
 public:
  // Reads the newest schema of `store`, which must outlive the cache.
  static absl::StatusOr<std::unique_ptr<SchemaCache>> Create(
      storage::Store* store);

  // Never null. `revision` must be readable. DATA_LOSS when a stored schema no
  // longer compiles. Costs one short lock, unless the schema has to be loaded.
  absl::StatusOr<SchemaPtr> At(storage::Revision revision);

  // The serial of the schema in force at `revision`, if that is the newest one;
  // nullopt means that At has to tell. `revision` must not be beyond a head
  // that the thread has read. Takes no lock.
  std::optional<uint64_t> SerialAt(storage::Revision revision) const {
    const Published* const newest =
        newest_serial_.load(std::memory_order_acquire);
    if (revision < newest->since) return std::nullopt;
    return newest->serial;
  }

  // The newest published.
  SchemaPtr Newest() const;

  // Makes `schema` the newest. Called by the one writer, before the head moves
  // to or past `schema->since`.
  void Publish(SchemaPtr schema);

 private:
  struct Older {
    SchemaPtr schema;
    storage::Revision through;  // known to be in force up to here at least
  };

  // What SerialAt reads. Never freed while the cache lives: there is one for
  // each schema written, and a reader may look at any of them.
  struct Published {
    storage::Revision since;
    uint64_t serial;  // CompiledSchema::serial()
  };

  SchemaCache(storage::Store* store, SchemaPtr newest);
  // Leaves the one before in `schema`, to be freed without the lock.
  void SetNewestLocked(SchemaPtr* schema) KITH_REQUIRES(mutex_);
  void RememberLocked(SchemaPtr schema, storage::Revision through)
      KITH_REQUIRES(mutex_);

  storage::Store* const store_;
  mutable Mutex mutex_;
  SchemaPtr newest_ KITH_GUARDED_BY(mutex_);
  std::vector<Older> older_ KITH_GUARDED_BY(mutex_);  // the last used first
  std::deque<Published> published_ KITH_GUARDED_BY(mutex_);
  std::atomic<const Published*> newest_serial_{nullptr};  // the last of them
};

}  // namespace kith::db
