#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "storage/change_stripes.h"
#include "storage/changelog.h"
#include "storage/directory.h"
#include "storage/ended_sketch.h"
#include "storage/families.h"
#include "storage/group_transaction.h"
#include "storage/leases.h"
#include "storage/meta.h"
#include "storage/snapshot.h"
#include "storage/store.h"
#include "storage/symbol_table.h"

namespace kith::storage {

// The Store. Opening is in open.cc, garbage collection in garbage.cc, imports
// in rocks_import.cc.
class RocksStore final : public Store {
 public:
  RocksStore(std::unique_ptr<DirectoryLock> lock,
             std::unique_ptr<Families> families, const StoreOptions& options,
             const Meta& meta, const LogEnd& log_end);
  ~RocksStore() override;

  std::string_view database_id() const override { return database_id_; }
  std::string_view mac_key() const override { return mac_key_; }
  Revision head() const override {
    return head_.load(std::memory_order_acquire);
  }
  const ChangeStripes& change_stripes() const override { return stripes_; }
  absl::Time last_commit_time() const override {
    return absl::FromUnixMicros(
        last_commit_micros_.load(std::memory_order_acquire));
  }
  absl::StatusOr<std::unique_ptr<Snapshot>> At(Revision revision) override;
  std::unique_ptr<Snapshot> AtHead() override;
  absl::StatusOr<std::optional<SchemaVersion>> SchemaAt(
      Revision revision) override;
  std::optional<Symbol> FindSymbol(std::string_view name) const override {
    return symbols_.Find(name);
  }
  std::string_view SymbolName(Symbol symbol) const override {
    return symbols_.Name(symbol);
  }
  absl::StatusOr<std::optional<std::string>> FindCounter(
      std::string_view name) override;
  std::unique_ptr<Transaction> Begin() override;
  absl::Status Commit(
      std::unique_ptr<Transaction> transaction,
      const std::function<void(Revision)>& before_publish) override;
  std::unique_ptr<ImportRows> NewImportRows(
      const ImportLimits& limits) override;
  absl::StatusOr<std::unique_ptr<PreparedImport>> PrepareImport(
      std::unique_ptr<ImportRows> rows, ImportRule rule,
      absl::Time commit_time) override;
  absl::Status CommitImport(
      std::unique_ptr<PreparedImport> import,
      const std::function<void(Revision)>& before_publish) override;
  absl::Status ReadLog(
      Revision after, Revision through,
      const std::function<bool(const CommitRecord&)>& visit) override;
  absl::StatusOr<std::shared_ptr<const CommitRow>> ReadCommit(
      Revision revision) override;
  absl::StatusOr<Revision> CollectGarbage(absl::Time keep_since) override;
  absl::Status Checkpoint(const std::string& directory) override;
  StoreStats Stats() const override;

  // Part of opening, before anyone else has the store.
  absl::Status Load() { return LoadSymbols(*families_, &symbols_); }

 private:
  ReadView View();
  absl::Status CheckHorizon(Revision revision) const;
  // UNAVAILABLE once a write failed.
  absl::Status CheckWritable() const;
  // A failed write may be in the log or not, so nothing may follow it.
  absl::Status Poison(const absl::Status& cause);
  absl::Status WriteSynced(rocksdb::WriteBatch* batch);
  // Where the next commit goes on.
  GroupTransaction::Base Newest() const {
    return {.head = head(), .chain = chain_, .commit_time = last_commit_time()};
  }
  // Moves the head from `base` to what is written.
  absl::Status Publish(Revision base, const GroupTransaction::Base& newest,
                       const std::function<void(Revision)>& before_publish);
  std::string NextImportPrefix();

  absl::StatusOr<Revision> NewestCommittedBy(absl::Time time);
  absl::Status PersistGarbageLine(Revision horizon, int64_t expired_before);
  absl::Status DropBelowHorizon();
  absl::StatusOr<std::optional<Revision>> NewestSchemaBy(Revision revision);

  const std::unique_ptr<DirectoryLock> lock_;  // null: in memory
  const std::unique_ptr<Families> families_;
  const bool in_memory_;
  const size_t log_piece_bytes_;
  const std::string database_id_;
  const std::string mac_key_;

  EndedSketch sketch_;
  ChangeStripes stripes_;
  Leases leases_;
  SymbolTable symbols_;
  std::atomic<Revision> head_;
  std::atomic<int64_t> last_commit_micros_;
  std::atomic<bool> poisoned_{false};
  std::atomic<uint64_t> next_import_{0};
  uint64_t chain_;  // of head(); the writer's

  Mutex gc_mutex_;
  // The horizon when the history was last compacted on purpose.
  Revision compacted_horizon_ KITH_GUARDED_BY(gc_mutex_);
};

}  // namespace kith::storage
