#include <utility>

#include "base/fault.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/import_rows.h"
#include "storage/prepared_import.h"
#include "storage/rocks_store.h"

// Imports: commits that come as sorted files.

namespace kith::storage {

std::string RocksStore::NextImportPrefix() {
  return fmt::format("{}/{}-", ImportDirectory(*families_),
                     next_import_.fetch_add(1, std::memory_order_relaxed));
}

std::unique_ptr<ImportRows> RocksStore::NewImportRows(
    const ImportLimits& limits) {
  ImportLimits own = limits;
  if (in_memory_) own.file_bytes = 0;
  return std::make_unique<GatheredRows>(families_->db()->GetEnv(),
                                        NextImportPrefix(), own);
}

absl::StatusOr<std::unique_ptr<PreparedImport>> RocksStore::PrepareImport(
    std::unique_ptr<ImportRows> rows, ImportRule rule, absl::Time commit_time) {
  KITH_RETURN_IF_ERROR(CheckWritable());
  auto& gathered = static_cast<GatheredRows&>(*rows);
  const GroupTransaction::Base base = Newest();
  auto import = std::make_unique<ImportFiles>(
      families_.get(), &sketch_,
      ImportCommit{.rule = rule,
                   .revision = base.head + 1,
                   .time = commit_time,
                   .expired_before = families_->line().expired_before()},
      base, NextImportPrefix(), log_piece_bytes_);
  if (gathered.size() == 0) return import;
  gathered.Finish();
  KITH_RETURN_IF_FAULT("storage.import.before_files");
  KITH_RETURN_IF_ERROR(import->Write(gathered));
  KITH_RETURN_IF_FAULT("storage.import.after_files");
  return import;
}

absl::Status RocksStore::CommitImport(
    std::unique_ptr<PreparedImport> import,
    const std::function<void(Revision)>& before_publish) {
  KITH_RETURN_IF_ERROR(CheckWritable());
  const auto& files = static_cast<const ImportFiles&>(*import);
  if (files.base() != head() || files.conflict() || files.changes() == 0) {
    return absl::InternalError(fmt::format(
        "an import prepared at \"{}\" cannot be committed at \"{}\"",
        files.base(), head()));
  }
  absl::Status status = HitFaultPoint("storage.commit.before_write");
  if (status.ok()) status = files.Ingest();
  if (status.ok()) status = HitFaultPoint("storage.commit.after_write");
  if (!status.ok()) return Poison(status);
  if (!IsSeeded(SeededBug::kImportsNotStamped)) {
    stripes_.StampAll(files.newest().head);
  }
  return Publish(files.base(), files.newest(), before_publish);
}

}  // namespace kith::storage
