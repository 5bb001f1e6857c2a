#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/changelog.h"
#include "storage/group_transaction.h"
#include "storage/import_pass.h"
#include "storage/import_rows.h"
#include "storage/store.h"
#include "storage/table_files.h"

namespace kith::storage {

// The PreparedImport: the table files of all families that the commit writes
// to. Used by one thread.
class ImportFiles final : public PreparedImport {
 public:
  // `prefix` of the names of the files.
  ImportFiles(const Families* families, EndedSketch* sketch,
              const ImportCommit& commit, const GroupTransaction::Base& base,
              std::string prefix, size_t piece_bytes);

  // Of rows that are not empty. Two threads' work.
  absl::Status Write(const GatheredRows& rows);

  const std::optional<ImportConflict>& conflict() const override {
    return forward_.conflict();
  }
  uint64_t changes() const override { return forward_.puts(); }
  Revision revision() const override { return newest_.head; }

  // For Store::CommitImport.
  Revision base() const { return base_; }
  const GroupTransaction::Base& newest() const { return newest_; }
  // Makes the files part of the database: all of them, durably, or none.
  absl::Status Ingest() const;

 private:
  absl::Status RunPasses(const GatheredRows& rows);
  absl::Status WriteLogRow();

  const Families& families_;
  const Revision base_;
  GroupTransaction::Base newest_;
  LogPieces log_pieces_;
  TableFiles log_row_;
  TableFiles meta_;
  ImportPass forward_;
  ImportPass reverse_;
};

}  // namespace kith::storage
