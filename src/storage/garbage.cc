#include <algorithm>

#include "base/fault.h"
#include "base/status_macros.h"
#include "rocksdb/convenience.h"
#include "rocksdb/write_batch.h"
#include "storage/rocks_status.h"
#include "storage/rocks_store.h"

// Garbage collection. The order is: no new reader below the new horizon; the
// horizon durable; only then anything below it dropped. A crash between any two
// steps leaves rows that nobody can ask for, and the next run drops them.

namespace kith::storage {
namespace {

// A compaction of the whole history pays when at least one part in this many of
// the kept revisions became garbage since the last one.
constexpr Revision kGarbageShare = 4;

}  // namespace

// The log has every row from the floor to the head, with commit times that do
// not go back. The floor itself stands for everything up to it.
absl::StatusOr<Revision> RocksStore::NewestCommittedBy(absl::Time time) {
  LogRow row;
  Revision low = leases_.floor();
  Revision high = head();
  while (low < high) {
    const Revision middle = low + (high - low + 1) / 2;
    KITH_RETURN_IF_ERROR(ReadLogRow(*families_, middle, &row));
    if (row.record().commit_time <= time) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

absl::Status RocksStore::PersistGarbageLine(Revision horizon,
                                            int64_t expired_before) {
  rocksdb::ColumnFamilyHandle* meta = families_->handle(Family::kMeta);
  rocksdb::WriteBatch batch;
  rocksdb::Status status =
      batch.Put(meta, ToSlice(kMetaHorizon), EncodeMetaU64(horizon));
  if (status.ok()) {
    status = batch.Put(meta, ToSlice(kMetaExpiredBefore),
                       EncodeMetaU64(static_cast<uint64_t>(expired_before)));
  }
  KITH_RETURN_IF_ERROR(FromRocks(status, "move the horizon"));
  KITH_RETURN_IF_FAULT("storage.gc.before_horizon");
  KITH_RETURN_IF_ERROR(WriteSynced(&batch));
  return HitFaultPoint("storage.gc.after_horizon");
}

absl::StatusOr<std::optional<Revision>> RocksStore::NewestSchemaBy(
    Revision revision) {
  KITH_ASSIGN_OR_RETURN(const auto version, SchemaAt(revision));
  if (!version.has_value()) return std::nullopt;
  return version->revision;
}

// The changelog row at the horizon stays, because the chain is verified from it
// on, but its pieces go.
absl::Status RocksStore::DropBelowHorizon() {
  const Revision horizon = families_->line().horizon();
  const std::string first = LogKey(0);
  const std::string end = LogKey(horizon);
  rocksdb::WriteBatch batch;
  rocksdb::Status status =
      batch.DeleteRange(families_->handle(Family::kLog), first, end);
  if (status.ok()) {
    status = batch.DeleteRange(families_->handle(Family::kLog),
                               LogPieceKey(horizon, 0), LogKey(horizon + 1));
  }
  KITH_ASSIGN_OR_RETURN(const auto schema, NewestSchemaBy(horizon));
  if (status.ok() && schema.has_value()) {
    status = batch.DeleteRange(families_->handle(Family::kSchema), first,
                               LogKey(*schema));
  }
  KITH_RETURN_IF_ERROR(FromRocks(status, "drop the old changelog"));
  KITH_RETURN_IF_ERROR(WriteSynced(&batch));
  const rocksdb::Slice begin_slice = first;
  const rocksdb::Slice end_slice = end;
  return FromRocks(rocksdb::DeleteFilesInRange(
                       families_->db(), families_->handle(Family::kLog),
                       &begin_slice, &end_slice, /*include_end=*/false),
                   "drop files of the old changelog");
}

absl::StatusOr<Revision> RocksStore::CollectGarbage(absl::Time keep_since) {
  MutexLock lock(&gc_mutex_);
  KITH_RETURN_IF_ERROR(CheckWritable());
  GarbageLine& line = families_->line();
  KITH_ASSIGN_OR_RETURN(const Revision wanted, NewestCommittedBy(keep_since));
  const Revision horizon = leases_.RaiseFloor(wanted);
  const int64_t expired_before =
      std::max(line.expired_before(), GarbageLine::MarkOf(keep_since));
  if (horizon > line.horizon() || expired_before > line.expired_before()) {
    const absl::Status status = PersistGarbageLine(horizon, expired_before);
    if (!status.ok()) return Poison(status);
  }
  const bool moved = horizon > line.horizon();
  line.RaiseExpiredBefore(expired_before);
  line.RaiseHorizon(horizon);
  if (moved) {
    const absl::Status status = DropBelowHorizon();
    if (!status.ok()) return Poison(status);
  }
  if ((horizon - compacted_horizon_) * kGarbageShare < head() - horizon ||
      horizon == compacted_horizon_) {
    return horizon;
  }
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  for (const ScanOrder order : {ScanOrder::kForward, ScanOrder::kReverse}) {
    KITH_RETURN_IF_ERROR(FromRocks(
        families_->db()->CompactRange(
            options, families_->handle(HistoryFamily(order)), nullptr, nullptr),
        "compact the history"));
  }
  compacted_horizon_ = horizon;
  return horizon;
}

}  // namespace kith::storage
