#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/env.h"
#include "storage/import_block.h"
#include "storage/row_cursor.h"
#include "storage/run_file.h"
#include "storage/store.h"

namespace kith::storage {

// The ImportRows. Rows are gathered in blocks; a full one is sorted, in both
// orders, on a thread beside the one that adds. When the blocks have reached
// the limit they are merged into two files, a run of each order.
class GatheredRows final : public ImportRows {
 public:
  // Files are named `prefix` and a number; their directory exists.
  GatheredRows(rocksdb::Env* env, std::string prefix,
               const ImportLimits& limits);
  ~GatheredRows() override;

  absl::Status Add(const TupleKey& key, const TupleValue& value) override;
  uint64_t size() const override { return size_; }
  uint64_t memory_bytes() const override {
    return sealed_bytes_ + block_->bytes();
  }
  bool in_files() const override { return !runs_.empty(); }
  absl::Status Visit(absl::FunctionRef<absl::Status(
                         uint64_t place, const TupleKey&, const TupleValue&)>
                         visit) override;

  // For Store::PrepareImport, of rows that are not empty.

  // Ends the adding.
  void Finish();
  // After Finish. All rows; must not outlive this.
  absl::StatusOr<std::unique_ptr<RowCursor>> Cursor(ScanOrder order) const;
  // The greatest key.
  std::string LastKey(ScanOrder order) const;

 private:
  // A sorted run of each order, of the same rows.
  struct Run {
    std::unique_ptr<RunFile> forward;
    std::unique_ptr<RunFile> reverse;

    const RunFile& of(ScanOrder order) const {
      return order == ScanOrder::kForward ? *forward : *reverse;
    }
  };

  absl::Status MakeRoom();
  // Begins a new block, and to sort the full one.
  void SealBlock();
  void AwaitSorter();
  absl::Status Spill();
  // Of the blocks, with the runs or without.
  absl::StatusOr<std::unique_ptr<RunFile>> WriteRun(ScanOrder order,
                                                    bool with_runs,
                                                    const std::string& path);
  absl::StatusOr<std::unique_ptr<RowCursor>> MakeCursor(ScanOrder order,
                                                        bool with_runs) const;

  rocksdb::Env& env_;
  const std::string prefix_;
  const ImportLimits limits_;
  const size_t block_bytes_;

  absl::Status status_;
  uint64_t size_ = 0;
  std::string value_;
  std::unique_ptr<ImportBlock> block_;                // being filled
  std::vector<std::unique_ptr<ImportBlock>> blocks_;  // sorted or being sorted
  uint64_t sealed_bytes_ = 0;                         // of blocks_
  std::thread sorter_;                                // of the last of blocks_
  std::vector<Run> runs_;
  uint64_t next_run_ = 0;
  uint64_t file_bytes_ = 0;
};

}  // namespace kith::storage
