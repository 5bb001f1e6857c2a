#pragma once

#include <memory>
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

  SchemaCache(storage::Store* store, SchemaPtr newest)
      : store_(store), newest_(std::move(newest)) {}
  void RememberLocked(SchemaPtr schema, storage::Revision through)
      KITH_REQUIRES(mutex_);

  storage::Store* const store_;
  mutable Mutex mutex_;
  SchemaPtr newest_ KITH_GUARDED_BY(mutex_);
  std::vector<Older> older_ KITH_GUARDED_BY(mutex_);  // the last used first
};

}  // namespace kith::db
