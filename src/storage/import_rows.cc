#include "storage/import_rows.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/row_codec.h"

namespace kith::storage {
namespace {

// Small enough that the last one, which is sorted while writers may wait, takes
// some milliseconds; larger ones make the merge a little shallower.
constexpr size_t kLargestBlock = 1 << 20;
constexpr size_t kSmallestBlock = 4 << 10;
constexpr uint64_t kBlocksInMemory = 8;
// Of an open file and a buffer each, when they are merged.
constexpr size_t kMostRuns = 64;
constexpr size_t kRevisionBytes = sizeof(Revision);

}  // namespace

GatheredRows::GatheredRows(rocksdb::Env* env, std::string prefix,
                           const ImportLimits& limits)
    : env_(*env),
      prefix_(std::move(prefix)),
      limits_(limits),
      block_bytes_(static_cast<size_t>(
          std::clamp<uint64_t>(limits.memory_bytes / kBlocksInMemory,
                               kSmallestBlock, kLargestBlock))),
      block_(std::make_unique<ImportBlock>(0)) {}

GatheredRows::~GatheredRows() { AwaitSorter(); }

absl::Status GatheredRows::Add(const TupleKey& key, const TupleValue& value) {
  if (!status_.ok()) return status_;
  if (!IsStorable(key)) {
    return status_ = absl::InvalidArgumentError(
               "an object id contains a zero byte, which the storage does not "
               "allow");
  }
  value_.clear();
  AppendRow(/*created=*/0, value, &value_);
  block_->Add(key, std::string_view(value_).substr(kRevisionBytes));
  ++size_;
  if (block_->bytes() >= block_bytes_) SealBlock();
  if (memory_bytes() > limits_.memory_bytes) status_ = MakeRoom();
  return status_;
}

absl::Status GatheredRows::MakeRoom() {
  if (limits_.file_bytes == 0) {
    return absl::ResourceExhaustedError(fmt::format(
        "the import is over the limit of {} bytes for one commit; import it in "
        "chunks",
        limits_.memory_bytes));
  }
  KITH_RETURN_IF_ERROR(Spill());
  if (file_bytes_ <= limits_.file_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "the temporary files of the import are over the limit of {} bytes for "
      "one commit; import it in chunks",
      limits_.file_bytes));
}

void GatheredRows::SealBlock() {
  AwaitSorter();
  sealed_bytes_ += block_->bytes();
  blocks_.push_back(
      std::exchange(block_, std::make_unique<ImportBlock>(size_)));
  sorter_ = std::thread([block = blocks_.back().get()] { block->Sort(); });
}

void GatheredRows::AwaitSorter() {
  if (sorter_.joinable()) sorter_.join();
}

void GatheredRows::Finish() {
  if (!block_->empty()) SealBlock();
  AwaitSorter();
}

// Both orders at the same time. When there are many runs they are merged with
// the blocks, so that files are never many.
absl::Status GatheredRows::Spill() {
  Finish();
  const bool merge = runs_.size() == kMostRuns;
  const std::string path = fmt::format("{}{}", prefix_, next_run_++);
  Run run;
  absl::Status reverse_status;
  std::thread reverse([&] {
    auto file = WriteRun(ScanOrder::kReverse, merge, path + "r");
    reverse_status = file.status();
    if (file.ok()) run.reverse = *std::move(file);
  });
  auto file = WriteRun(ScanOrder::kForward, merge, path + "f");
  reverse.join();
  KITH_RETURN_IF_ERROR(file.status());
  KITH_RETURN_IF_ERROR(reverse_status);
  run.forward = *std::move(file);
  if (merge) {
    runs_.clear();
    file_bytes_ = 0;
  }
  file_bytes_ += run.forward->bytes() + run.reverse->bytes();
  runs_.push_back(std::move(run));
  blocks_.clear();
  sealed_bytes_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RunFile>> GatheredRows::WriteRun(
    ScanOrder order, bool with_runs, const std::string& path) {
  KITH_ASSIGN_OR_RETURN(const auto rows, MakeCursor(order, with_runs));
  return RunFile::Write(&env_, path, rows.get());
}

absl::StatusOr<std::unique_ptr<RowCursor>> GatheredRows::Cursor(
    ScanOrder order) const {
  return MakeCursor(order, /*with_runs=*/true);
}

absl::StatusOr<std::unique_ptr<RowCursor>> GatheredRows::MakeCursor(
    ScanOrder order, bool with_runs) const {
  std::vector<std::unique_ptr<RowCursor>> cursors;
  if (with_runs) {
    for (const Run& run : runs_) {
      KITH_ASSIGN_OR_RETURN(cursors.emplace_back(), run.of(order).Open());
    }
  }
  for (const auto& block : blocks_) cursors.push_back(block->Cursor(order));
  return MergeRows(std::move(cursors));
}

std::string GatheredRows::LastKey(ScanOrder order) const {
  std::string last;
  for (const Run& run : runs_) last = std::max(last, run.of(order).last_key());
  for (const auto& block : blocks_) {
    last = std::max(last, block->LastKey(order));
  }
  return last;
}

absl::Status GatheredRows::Visit(
    absl::FunctionRef<absl::Status(uint64_t place, const TupleKey&,
                                   const TupleValue&)>
        visit) {
  TupleKey tuple;
  TupleValue decoded;
  const auto visit_row = [&](uint64_t place, const TupleKey& key,
                             std::string_view value) {
    // The codec wants a revision that a commit may have.
    value_.assign(kRevisionBytes, '\1').append(value);
    if (!DecodeRow(value_, &decoded)) {
      return absl::InternalError("a gathered row does not decode");
    }
    return visit(place, key, decoded);
  };
  for (const Run& run : runs_) {
    KITH_ASSIGN_OR_RETURN(const auto rows, run.forward->Open());
    while (rows->Valid()) {
      const StagedRow& row = rows->row();
      if (!DecodeKey(ScanOrder::kForward, row.key, &tuple)) {
        return absl::InternalError("a gathered key does not decode");
      }
      KITH_RETURN_IF_ERROR(visit_row(row.place, tuple, row.value));
      KITH_RETURN_IF_ERROR(rows->Next());
    }
  }
  for (const auto& block : blocks_) {
    KITH_RETURN_IF_ERROR(block->Visit(visit_row));
  }
  return block_->Visit(visit_row);
}

}  // namespace kith::storage
