#include "db/schema_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "schema/schema.h"

namespace kith::db {
namespace {

constexpr size_t kMaxOlder = 8;

absl::StatusOr<SchemaPtr> Load(storage::Store* store,
                               storage::Revision revision) {
  KITH_ASSIGN_OR_RETURN(auto version, store->SchemaAt(revision));
  auto loaded = std::make_shared<SchemaInForce>();
  if (version) {
    loaded->since = version->revision;
    loaded->text = std::move(version->text);
  }
  auto parsed = schema::Compile(loaded->text);
  if (!parsed.ok()) {
    return absl::DataLossError(
        fmt::format("the schema stored at revision {} does not compile: {}",
                    loaded->since, std::string(parsed.status().message())));
  }
  KITH_ASSIGN_OR_RETURN(loaded->compiled,
                        engine::CompiledSchema::Make(
                            *std::move(parsed), [store](std::string_view name) {
                              return store->FindSymbol(name);
                            }));
  return SchemaPtr(std::move(loaded));
}

}  // namespace

absl::StatusOr<std::unique_ptr<SchemaCache>> SchemaCache::Create(
    storage::Store* store) {
  KITH_ASSIGN_OR_RETURN(SchemaPtr newest, Load(store, store->head()));
  return std::unique_ptr<SchemaCache>(
      new SchemaCache(store, std::move(newest)));
}

SchemaCache::SchemaCache(storage::Store* store, SchemaPtr newest)
    : store_(store) {
  MutexLock lock(&mutex_);
  SetNewestLocked(&newest);
}

// Before the head reaches schema->since (or at the start), so that a thread
// that has read a head at or beyond it finds this one or a later one.
void SchemaCache::SetNewestLocked(SchemaPtr* schema) {
  published_.push_back({(*schema)->since, (*schema)->compiled->serial()});
  newest_serial_.store(&published_.back(), std::memory_order_release);
  newest_.swap(*schema);
}

absl::StatusOr<SchemaPtr> SchemaCache::At(storage::Revision revision) {
  {
    MutexLock lock(&mutex_);
    // A schema is published before the head reaches it, so for a readable
    // revision at or past its commit nothing newer can be in force.
    if (revision >= newest_->since) return newest_;
    for (auto it = older_.begin(); it != older_.end(); ++it) {
      if (it->schema->since <= revision && revision <= it->through) {
        std::rotate(older_.begin(), it, it + 1);
        return older_.front().schema;
      }
    }
  }
  KITH_ASSIGN_OR_RETURN(SchemaPtr loaded, Load(store_, revision));
  MutexLock lock(&mutex_);
  RememberLocked(loaded, revision);
  return loaded;
}

SchemaPtr SchemaCache::Newest() const {
  MutexLock lock(&mutex_);
  return newest_;
}

void SchemaCache::Publish(SchemaPtr schema) {
  MutexLock lock(&mutex_);
  // A group may have written several schemas; only the last arrives here, so
  // the one before it need not have been in force up to `schema->since`.
  SetNewestLocked(&schema);
}

void SchemaCache::RememberLocked(SchemaPtr schema, storage::Revision through) {
  for (Older& known : older_) {
    if (known.schema->since == schema->since) {
      known.through = std::max(known.through, through);
      return;
    }
  }
  older_.insert(older_.begin(), Older{std::move(schema), through});
  if (older_.size() > kMaxOlder) older_.pop_back();
}

}  // namespace kith::db
