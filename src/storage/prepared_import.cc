#include "storage/prepared_import.h"

#include <atomic>
#include <thread>
#include <utility>

#include "base/fault.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/meta.h"
#include "storage/rocks_status.h"

namespace kith::storage {
namespace {

rocksdb::IngestExternalFileArg ArgOf(const Families& families, Family family) {
  rocksdb::IngestExternalFileArg arg;
  arg.column_family = families.handle(family);
  arg.options.move_files = true;
  arg.options.write_global_seqno = false;
  return arg;
}

}  // namespace

ImportFiles::ImportFiles(const Families* families, EndedSketch* sketch,
                         const ImportCommit& commit,
                         const GroupTransaction::Base& base, std::string prefix,
                         size_t piece_bytes)
    : families_(*families),
      base_(base.head),
      newest_(base),
      log_pieces_(families, prefix + "p", commit.revision, piece_bytes),
      log_row_(families, Family::kLog, prefix),
      meta_(families, Family::kMeta, prefix),
      forward_(families, sketch, commit, ScanOrder::kForward, prefix,
               &log_pieces_),
      reverse_(families, sketch, commit, ScanOrder::kReverse, prefix, nullptr) {
  newest_.head = commit.revision;
  newest_.commit_time = CommitTimeAfter(base.commit_time, commit.time);
}

absl::Status ImportFiles::Write(const GatheredRows& rows) {
  KITH_RETURN_IF_ERROR(RunPasses(rows));
  if (conflict().has_value() || changes() == 0) return absl::OkStatus();
  return WriteLogRow();
}

absl::Status ImportFiles::RunPasses(const GatheredRows& rows) {
  std::atomic<bool> stop{false};
  absl::Status reverse_status;
  std::thread reverse([&] { reverse_status = reverse_.Run(rows, &stop); });
  const absl::Status forward_status = forward_.Run(rows, &stop);
  if (!forward_status.ok()) stop.store(true, std::memory_order_relaxed);
  reverse.join();
  KITH_RETURN_IF_ERROR(forward_status);
  KITH_RETURN_IF_ERROR(reverse_status);
  if (conflict().has_value()) return absl::OkStatus();
  if (forward_.puts() == reverse_.puts() &&
      forward_.ends() == reverse_.ends()) {
    return absl::OkStatus();
  }
  return absl::DataLossError(fmt::format(
      "the two orders of relationships differ: an import changes \"{}\" and "
      "ends \"{}\" in the one, \"{}\" and \"{}\" in the other",
      forward_.puts(), forward_.ends(), reverse_.puts(), reverse_.ends()));
}

absl::Status ImportFiles::WriteLogRow() {
  v1::ChangelogRow row;
  row.set_previous_revision(base_);
  row.set_commit_time_micros(absl::ToUnixMicros(newest_.commit_time));
  log_pieces_.Describe(&row);
  const std::string bytes = EncodeLogRow(row, {}, &newest_.chain);
  KITH_RETURN_IF_ERROR(log_row_.Put(LogKey(newest_.head), bytes));
  KITH_RETURN_IF_ERROR(log_row_.Finish());
  KITH_RETURN_IF_ERROR(meta_.Put(kMetaHead, EncodeMetaU64(newest_.head)));
  return meta_.Finish();
}

// One entry in the manifest for all families, so that recovery finds all files
// or none. Whoever reads the new latest rows must find the new history behind
// them: RocksDB puts the new view of every family in place under one hold of
// the lock under which a reader gets a new view, so there is no moment between.
// ImportTest.ReadersAreExactWhileFilesAreTakenIn fails where families are taken
// in one by one. The history comes first all the same.
absl::Status ImportFiles::Ingest() const {
  std::vector<rocksdb::IngestExternalFileArg> args;
  for (const TableFiles* files :
       {&forward_.history(), &reverse_.history(), &forward_.latest(),
        &reverse_.latest(), &meta_}) {
    if (files->paths().empty()) continue;
    args.push_back(ArgOf(families_, files->family()));
    args.back().external_files = files->paths();
  }
  args.push_back(ArgOf(families_, Family::kLog));
  std::vector<std::string>& log = args.back().external_files;
  log = log_row_.paths();
  log.insert(log.end(), log_pieces_.files().paths().begin(),
             log_pieces_.files().paths().end());
  return FromRocks(families_.db()->IngestExternalFiles(args),
                   "take in the files of an import");
}

}  // namespace kith::storage
