#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "db/schema_cache.h"
#include "storage/store.h"

namespace kith::db {

// The state that commands are applied to: what is stored, plus the effects of
// the commands applied before them in this group. Nothing of it is seen by
// others until its transaction is committed. One thread.
//
// After a storage error the group as a whole is of no use: failure() tells, and
// whoever applies commands must ask it before committing.
class Group {
 public:
  // `newest` is the schema in force at the head of `store`. Every commit of
  // the group gets `commit_time`, which is also the time that decides what is
  // expired.
  Group(storage::Store* store, SchemaPtr newest, absl::Time commit_time);

  absl::Time commit_time() const { return commit_time_; }
  const SchemaPtr& schema() const { return schema_; }
  // The newest revision, of this group or before it.
  storage::Revision revision() const { return transaction_->revision(); }
  // Commits begun in this group.
  uint64_t commits() const { return commits_; }
  const absl::Status& failure() const { return failure_; }

  std::optional<storage::Symbol> SymbolOf(std::string_view name) const;
  std::string_view NameOf(storage::Symbol symbol) const;

  // False when there is no such row. Expired rows are found too.
  absl::StatusOr<bool> Get(const storage::TupleKey& key,
                           storage::TupleValue* value);
  // Calls `visit` with the matching rows that have not expired until it
  // returns false.
  absl::Status ForEachLive(const storage::TupleFilter& filter,
                           absl::FunctionRef<bool(const storage::TupleKey&,
                                                  const storage::TupleValue&)>
                               visit);

  // The next three change the commit begun last.
  storage::Revision BeginCommit(std::string_view metadata);
  absl::Status Put(const storage::TupleKey& key,
                   const storage::TupleValue& value);
  absl::Status Delete(const storage::TupleKey& key);

  // Counters, as storage::Transaction has them. Changes belong to the commit
  // begun last.
  absl::StatusOr<bool> HasCounter(std::string_view name);
  absl::StatusOr<size_t> CountCounters();
  absl::Status PutCounter(std::string_view name, std::string_view bytes);
  absl::Status DeleteCounter(std::string_view name);

  // Gives `name` a symbol if it has none.
  absl::Status Intern(std::string_view name);
  // Begins a commit that puts `schema` in force.
  storage::Revision CommitSchema(
      std::string text, std::shared_ptr<const engine::CompiledSchema> compiled);
  // Whether a command of this group put schema() in force.
  bool schema_changed() const { return schema_changed_; }

  // Ends the group.
  std::unique_ptr<storage::Transaction> TakeTransaction() {
    return std::move(transaction_);
  }

 private:
  absl::Status Note(absl::Status status);

  storage::Store* const store_;
  const absl::Time commit_time_;
  std::unique_ptr<storage::Transaction> transaction_;
  SchemaPtr schema_;
  bool schema_changed_ = false;
  uint64_t commits_ = 0;
  absl::Status failure_;
  // Names interned by this group: the store does not know them yet.
  absl::flat_hash_map<std::string, storage::Symbol, StringHash, std::equal_to<>>
      symbols_;
  absl::flat_hash_map<storage::Symbol, std::string> names_;
};

}  // namespace kith::db
