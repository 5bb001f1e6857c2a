#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/types.h"

// The multi-version relationship store on RocksDB. src/storage/README.md is
// the byte format. Nothing here knows the schema language: schemas are opaque
// bytes, names are symbols.

namespace kith::storage {

struct StoreOptions {
  std::string path;
  bool in_memory = false;
  bool create_if_missing = true;
  uint64_t block_cache_bytes = 512ull << 20;
  // Counters (a power of two, 8 bytes each, two sets) that tell reads whether
  // they need the history; fewer of them only cost needless looks.
  size_t sketch_slots = 1 << 20;
};

// One relationship change of a commit, as the changelog keeps it.
struct Change {
  enum class Kind : uint8_t { kPut = 1, kDelete = 2 };  // persisted: keep
  Kind kind = Kind::kPut;
  TupleKey key;
  TupleValue value;  // of kPut
};

// One changelog row. Views point into the reader's buffer.
struct CommitRecord {
  Revision revision = 0;
  absl::Time commit_time;
  std::vector<Change> changes;
  std::string_view metadata;  // opaque; empty: none
  bool schema_written = false;
};

// One changelog row of which the changes are decoded piece by piece, because a
// commit may be far larger than what one wants to hold decoded. Immutable;
// thread-safe.
class CommitRow {
 public:
  static constexpr size_t kEnd = static_cast<size_t>(-1);

  virtual ~CommitRow() = default;
  virtual Revision revision() const = 0;
  // What it takes of memory.
  virtual size_t bytes() const = 0;
  virtual std::string_view metadata() const = 0;  // opaque; empty: none
  virtual bool schema_written() const = 0;
  // Calls `visit` with the changes in order, from `position` on (0: the first),
  // until it returns false; gives the position of that change, or kEnd. The
  // views of a change are valid during the call.
  virtual absl::StatusOr<size_t> Visit(
      size_t position, absl::FunctionRef<bool(const Change&)> visit) const = 0;
};

struct SchemaVersion {
  Revision revision = 0;  // of the commit that wrote it
  absl::Time written_at;
  std::string text;  // opaque to storage
  std::string hash;  // of the text, 16 bytes
};

// Walks tuples in one order. Obtained from Snapshot::Scan or Transaction::Scan
// and must not outlive it. key() and value() are valid until Next or
// destruction. Not thread-safe.
class TupleIterator {
 public:
  virtual ~TupleIterator() = default;
  virtual bool Valid() const = 0;
  virtual void Next() = 0;
  virtual const TupleKey& key() const = 0;
  virtual const TupleValue& value() const = 0;
  // DATA_LOSS or UNAVAILABLE after a failed read; then Valid() is false. Must
  // be asked when Valid() turned false: an error is never an end.
  virtual absl::Status status() const = 0;
};

// All relationships as of one revision: exact whatever is committed or
// collected meanwhile, because it holds the horizon below its revision. Cheap
// to make. Expired relationships are included: the caller has the clock. Used
// by one thread at a time.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual Revision revision() const = 0;
  // False when there is no such tuple. `value` may be null; its views are valid
  // until the next call on this snapshot.
  virtual absl::StatusOr<bool> Get(const TupleKey& key, TupleValue* value) = 0;
  // Tuples that match, in `order`; with `after`, those beyond it in that order.
  // Costs the rows of the filter's contiguous prefix in that order.
  virtual std::unique_ptr<TupleIterator> Scan(const TupleFilter& filter,
                                              ScanOrder order,
                                              const TupleKey* after) = 0;
  std::unique_ptr<TupleIterator> Scan(const TupleFilter& filter) {
    return Scan(filter, BestOrder(filter), nullptr);
  }
};

// A group of commits being built by the one writer; nothing is visible to
// others until Store::Commit. Reads see the group's earlier effects.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Begins the next commit of the group and gives its revision. Put, Delete
  // and PutSchema belong to it until the next BeginCommit or DropCommit.
  virtual Revision BeginCommit(absl::Time commit_time) = 0;
  // Takes back a BeginCommit after which nothing was changed.
  virtual void DropCommit() = 0;
  // The newest revision begun, or the store's head.
  virtual Revision revision() const = 0;

  virtual absl::StatusOr<bool> Get(const TupleKey& key, TupleValue* value) = 0;
  virtual std::unique_ptr<TupleIterator> Scan(const TupleFilter& filter) = 0;

  // Writes the tuple over any older value, which goes to the history.
  // `value.created` is ignored. Errors are read errors; then the whole group
  // must be abandoned.
  virtual absl::Status Put(const TupleKey& key, const TupleValue& value) = 0;
  // No effect when there is no such tuple.
  virtual absl::Status Delete(const TupleKey& key) = 0;
  virtual void SetMetadata(std::string_view metadata) = 0;
  virtual void PutSchema(std::string_view text, std::string_view hash) = 0;
  // The symbol of `name`, made by this group when it is new. RESOURCE_EXHAUSTED
  // after 65,535 names.
  virtual absl::StatusOr<Symbol> Intern(std::string_view name) = 0;

  // Counters are opaque bytes under a name, of the newest revision only. A
  // change of them belongs to a commit that was begun. nullopt: there is none.
  virtual absl::StatusOr<std::optional<std::string>> GetCounter(
      std::string_view name) = 0;
  virtual absl::StatusOr<size_t> CountCounters() = 0;
  virtual absl::Status PutCounter(std::string_view name,
                                  std::string_view bytes) = 0;
  virtual absl::Status DeleteCounter(std::string_view name) = 0;
};

struct StoreStats {
  Revision head = 0;
  Revision horizon = 0;
};

// Thread safety: everything may be called from any thread, but Begin..Commit
// only by one writer at a time.
//
// Invariants: a commit is written with one synced log write before head() moves
// to it; head() never goes back; horizon() <= the oldest living snapshot; a
// snapshot at any revision in [horizon, head] is exact.
class Store {
 public:
  // See Database::Open for the errors. Verifies the changelog's chain over its
  // newest rows and that it ends at the head.
  static absl::StatusOr<std::unique_ptr<Store>> Open(
      const StoreOptions& options);
  virtual ~Store() = default;

  // 16 random bytes each, made with the database and kept for its life.
  virtual std::string_view database_id() const = 0;
  virtual std::string_view mac_key() const = 0;

  virtual Revision head() const = 0;
  // The commit time of head(), and the clock's persisted high-water mark.
  virtual absl::Time last_commit_time() const = 0;

  // OUT_OF_RANGE when `revision` is above head() or below horizon().
  virtual absl::StatusOr<std::unique_ptr<Snapshot>> At(Revision revision) = 0;
  // At(head()), which cannot be out of range.
  virtual std::unique_ptr<Snapshot> AtHead() = 0;

  // The schema in force at `revision`; nullopt before the first.
  virtual absl::StatusOr<std::optional<SchemaVersion>> SchemaAt(
      Revision revision) = 0;
  // nullopt: no such name was ever interned.
  virtual std::optional<Symbol> FindSymbol(std::string_view name) const = 0;
  // Empty for an unknown symbol. Valid for the store's life.
  virtual std::string_view SymbolName(Symbol symbol) const = 0;

  // The newest committed bytes of a counter; nullopt: there is none.
  virtual absl::StatusOr<std::optional<std::string>> FindCounter(
      std::string_view name) = 0;

  virtual std::unique_ptr<Transaction> Begin() = 0;
  // Writes all commits of the group with one synced write, then calls
  // `before_publish` (may be empty) with the new head, then moves head().
  // After an error nothing of the group is visible, and every later Commit
  // fails UNAVAILABLE until the store is opened anew.
  virtual absl::Status Commit(
      std::unique_ptr<Transaction> transaction,
      const std::function<void(Revision)>& before_publish) = 0;

  // Calls `visit` with the changelog rows of (after, through] in order until it
  // returns false. OUT_OF_RANGE when `after` is below horizon().
  virtual absl::Status ReadLog(
      Revision after, Revision through,
      const std::function<bool(const CommitRecord&)>& visit) = 0;

  // The changelog row of `revision`, which must not be beyond head().
  // OUT_OF_RANGE when it is not above horizon().
  virtual absl::StatusOr<std::shared_ptr<const CommitRow>> ReadCommit(
      Revision revision) = 0;

  // Moves the horizon (durably, before anything is dropped) to the newest
  // revision committed at or before `keep_since`, but not past the oldest
  // living snapshot, and drops history and changelog below it. Rows expired at
  // `keep_since` go too. Returns the horizon.
  virtual absl::StatusOr<Revision> CollectGarbage(absl::Time keep_since) = 0;

  virtual absl::Status Checkpoint(const std::string& directory) = 0;
  virtual StoreStats Stats() const = 0;
};

}  // namespace kith::storage
