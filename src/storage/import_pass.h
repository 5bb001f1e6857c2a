#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kith/storage/v1/changelog.pb.h"
#include "rocksdb/db.h"
#include "storage/ended_sketch.h"
#include "storage/families.h"
#include "storage/import_rows.h"
#include "storage/store.h"
#include "storage/table_files.h"

// How an import becomes table files. Each order is a pass of its own through
// the rows in that order: it drops what is overwritten within the import, looks
// up what is stored, and writes the latest and the history family of the order.
// The two passes share nothing and run at the same time; since both families
// have the same rows they come to the same result, which is verified.

namespace kith::storage {

// Of the commit that the import becomes.
struct ImportCommit {
  ImportRule rule = ImportRule::kCreate;
  Revision revision = 0;
  absl::Time time;  // decides what is expired
  // The garbage line's mark when the passes began: it may move under them.
  int64_t expired_before = 0;
};

// The pieces of the commit's changelog row.
class LogPieces {
 public:
  LogPieces(const Families* families, std::string prefix, Revision revision,
            size_t piece_bytes)
      : files_(families, Family::kLog, std::move(prefix)),
        revision_(revision),
        piece_bytes_(piece_bytes) {}

  void PackLoosely() { files_.PackLoosely(); }
  absl::Status Add(const TupleKey& key, const TupleValue& value);
  absl::Status Finish();
  // After Finish: says in `row` what the pieces are.
  void Describe(v1::ChangelogRow* row) const;
  const TableFiles& files() const { return files_; }

 private:
  absl::Status EndPiece();

  TableFiles files_;
  const Revision revision_;
  const size_t piece_bytes_;
  std::string piece_;
  v1::ChangelogRow row_;
};

class ImportPass {
 public:
  // `log`: gets the changes; of one pass only. All must outlive the pass.
  ImportPass(const Families* families, EndedSketch* sketch,
             const ImportCommit& commit, ScanOrder order,
             const std::string& prefix, LogPieces* log);

  // A conflict sets `stop`. Then the pass without a log ends early, and what
  // is written is of no use.
  absl::Status Run(const GatheredRows& rows, std::atomic<bool>* stop);

  // Of the pass with a log: the one of the least place.
  const std::optional<ImportConflict>& conflict() const { return conflict_; }
  uint64_t puts() const { return puts_; }
  uint64_t ends() const { return ends_; }
  const TableFiles& latest() const { return latest_; }
  const TableFiles& history() const { return history_; }

 private:
  // Whether anything is stored between the first and the last key.
  absl::StatusOr<bool> AnyBetween(std::string_view first,
                                  std::string_view last) const;
  absl::Status PutCurrent();
  // The stored row of the current key, in old_row_.
  absl::StatusOr<bool> Find(TupleValue* value);
  absl::Status EndOld(const TupleValue& value);
  absl::Status Refuse(uint64_t place, bool twice);

  const Families& families_;
  EndedSketch& sketch_;
  const ImportCommit commit_;
  const ScanOrder order_;
  LogPieces* const log_;
  TableFiles latest_;
  TableFiles history_;

  bool any_stored_ = false;
  uint64_t place_ = 0;  // of the current row
  std::string key_;
  std::string row_;  // as it will be stored
  rocksdb::PinnableSlice old_row_;
  std::string history_key_;
  std::optional<ImportConflict> conflict_;
  uint64_t puts_ = 0;
  uint64_t ends_ = 0;
};

}  // namespace kith::storage
