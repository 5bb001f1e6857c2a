#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/hash.h"
#include "rocksdb/write_batch.h"
#include "storage/change_stripes.h"
#include "storage/changelog.h"
#include "storage/ended_sketch.h"
#include "storage/families.h"
#include "storage/group_rows.h"
#include "storage/store.h"
#include "storage/symbol_table.h"

namespace kith::storage {

// The one write batch of a group of commits, and what reads of the group need
// beside the database. A row is read from the database once at most. Used by
// one thread at a time.
//
// The sketch is raised as soon as a row is ended here, and the stripes are
// stamped as soon as one is changed, long before the batch is written; a group
// that is abandoned leaves them higher than they need be.
class GroupTransaction final : public Transaction {
 public:
  // Where the group goes on.
  struct Base {
    Revision head = 0;
    uint64_t chain = 0;
    absl::Time commit_time;
  };

  // `writable`: when it is not OK, every read and change gives it.
  GroupTransaction(const Families* families, EndedSketch* sketch,
                   ChangeStripes* stripes, const SymbolTable* symbols,
                   const Base& base, absl::Status writable);

  Revision BeginCommit(absl::Time commit_time) override;
  void DropCommit() override;
  Revision revision() const override { return newest_.head; }
  absl::StatusOr<bool> Get(const TupleKey& key, TupleValue* value) override;
  // Goes on correctly when the group changes during the scan, and then gives
  // what it finds beyond the current row.
  std::unique_ptr<TupleIterator> Scan(const TupleFilter& filter) override;
  absl::Status Put(const TupleKey& key, const TupleValue& value) override;
  absl::Status Delete(const TupleKey& key) override;
  void SetMetadata(std::string_view metadata) override;
  void PutSchema(std::string_view text, std::string_view hash) override;
  absl::StatusOr<Symbol> Intern(std::string_view name) override;
  absl::StatusOr<std::optional<std::string>> GetCounter(
      std::string_view name) override;
  absl::StatusOr<size_t> CountCounters() override;
  absl::Status PutCounter(std::string_view name,
                          std::string_view bytes) override;
  absl::Status DeleteCounter(std::string_view name) override;

  // For Store::Commit.

  // Ends the last commit and completes the batch. INTERNAL when an earlier
  // error obliged the caller to abandon the group.
  absl::Status Seal();
  bool empty() const { return newest_.head == base_; }
  Revision base() const { return base_; }
  const Base& newest() const { return newest_; }
  rocksdb::WriteBatch* batch() { return &batch_; }
  const std::vector<std::pair<std::string, Symbol>>& new_symbols() const {
    return new_symbols_;
  }

 private:
  friend class GroupIterator;

  // The row of `key` as the group has it; leaves the encoded key in
  // forward_key_.
  absl::StatusOr<GroupRows::Row*> Load(const TupleKey& key);
  // The value of a row that is there to readers: null when it is not.
  absl::StatusOr<GroupRows::Row*> LoadLive(const TupleKey& key,
                                           TupleValue* value);
  // Moves the row to the history; both keys of it are encoded already.
  absl::Status EndRow(std::string_view row, Revision created);
  absl::Status CheckChange(const TupleKey& key, size_t context_bytes);
  // Every change is asked for its outcome here; the first failure spoils the
  // group.
  absl::Status Write(rocksdb::Status status);
  absl::Status Spoil(absl::Status status);
  void EndCommit();

  const Families& families_;
  EndedSketch& sketch_;
  ChangeStripes& stripes_;
  const SymbolTable& symbols_;
  const Revision base_;
  Base newest_;         // the chain is that of the last ended commit
  Base before_newest_;  // what DropCommit goes back to
  rocksdb::WriteBatch batch_;
  GroupRows rows_;
  // Those that the group changed; nullopt: deleted.
  std::map<std::string, std::optional<std::string>, std::less<>> counters_;
  absl::Status spoilt_;

  bool open_ = false;  // the log row belongs to a commit that has not ended
  v1::ChangelogRow log_row_;  // without its changes
  std::string log_changes_;   // encoded
  size_t log_bytes_ = 0;
  std::optional<SchemaVersion> schema_;
  absl::flat_hash_map<std::string, Symbol, StringHash, std::equal_to<>>
      new_symbol_of_;
  std::vector<std::pair<std::string, Symbol>> new_symbols_;

  std::string forward_key_;
  std::string reverse_key_;
  std::string scratch_;
  rocksdb::PinnableSlice stored_row_;
};

}  // namespace kith::storage
