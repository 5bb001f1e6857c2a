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
#include "storage/change_stripes.h"
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
  // ChangeStripes::count(), 8 bytes each; fewer of them make caches read again
  // more often.
  size_t change_stripes = ChangeStripes::kDefaultCount;
  // About how much of a large commit's changes one piece of its changelog row
  // has.
  size_t log_piece_bytes = 256 << 10;
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
// thread-safe. Must not outlive the store.
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
  // views of a change are valid during the call. OUT_OF_RANGE when what is not
  // in memory was collected meanwhile.
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

// Rows gathered for one commit of any size, in memory and, beyond a limit of
// it, in temporary files, which go with it (or with the next opening). Used by
// one thread at a time.
class ImportRows {
 public:
  virtual ~ImportRows() = default;

  // `value.created` is ignored. RESOURCE_EXHAUSTED over the limits; after an
  // error the rows are of no use.
  virtual absl::Status Add(const TupleKey& key, const TupleValue& value) = 0;
  // The first row added has place 0.
  virtual uint64_t size() const = 0;
  virtual uint64_t memory_bytes() const = 0;
  virtual bool in_files() const = 0;  // some of them
  // Calls `visit` with the rows, in no particular order, until it fails.
  virtual absl::Status Visit(
      absl::FunctionRef<absl::Status(uint64_t place, const TupleKey&,
                                     const TupleValue&)>
          visit) = 0;
};

struct ImportLimits {
  uint64_t memory_bytes = 256ull << 20;
  uint64_t file_bytes = 0;  // 0: no files; so in a database in memory
};

enum class ImportRule : uint8_t {
  kCreate,  // all are new, and each comes once
  kTouch,   // over what is there; of equal keys the last
};

// Why an import was refused: the row of the least place that breaks the rule.
struct ImportConflict {
  uint64_t place = 0;
  bool twice = false;  // it came before; else: it is stored
  Symbol resource_type = kNoSymbol;
  std::string resource_id;
  Symbol relation = kNoSymbol;
  Symbol subject_type = kNoSymbol;
  std::string subject_id;
  Symbol subject_relation = kNoSymbol;

  TupleKey key() const {
    return {resource_type, resource_id, relation,
            subject_type,  subject_id,  subject_relation};
  }
};

// A commit of ImportRows, sorted, compared with what is stored and written to
// files that are not yet part of the store. Destroyed without a commit it
// leaves nothing.
class PreparedImport {
 public:
  virtual ~PreparedImport() = default;
  // Absent: it may be committed.
  virtual const std::optional<ImportConflict>& conflict() const = 0;
  // Rows that the commit writes; of 0 there is nothing to commit.
  virtual uint64_t changes() const = 0;
  // What the commit becomes.
  virtual Revision revision() const = 0;
};

struct StoreStats {
  Revision head = 0;
  Revision horizon = 0;
};

// Thread safety: everything may be called from any thread, but Begin..Commit
// only by one writer at a time.
//
// Invariants: a commit is written with one synced log write, and stamped on
// change_stripes() for every row it changes, before head() moves to it; head()
// never goes back; horizon() <= the oldest living snapshot; a snapshot at any
// revision in [horizon, head] is exact.
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
  // What tells caches whether what they have still holds.
  virtual const ChangeStripes& change_stripes() const = 0;
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

  // A commit of so many rows that a Transaction would be slow: PrepareImport
  // and CommitImport together are one commit like Begin to Commit, and belong
  // to the one writer like these. The row of the commit in the changelog has
  // its changes in the forward order. An error of PrepareImport changes
  // nothing.
  virtual std::unique_ptr<ImportRows> NewImportRows(
      const ImportLimits& limits) = 0;
  virtual absl::StatusOr<std::unique_ptr<PreparedImport>> PrepareImport(
      std::unique_ptr<ImportRows> rows, ImportRule rule,
      absl::Time commit_time) = 0;
  // As Commit, of an import without conflict and with changes, prepared at
  // the present head.
  virtual absl::Status CommitImport(
      std::unique_ptr<PreparedImport> import,
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
