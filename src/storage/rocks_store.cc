#include "storage/rocks_store.h"

#include <algorithm>
#include <cassert>
#include <random>
#include <utility>

#include "base/coding.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "kith/storage/v1/schema_version.pb.h"
#include "rocksdb/utilities/checkpoint.h"
#include "storage/commit_row.h"
#include "storage/group_transaction.h"
#include "storage/rocks_status.h"

namespace kith::storage {

RocksStore::RocksStore(std::unique_ptr<DirectoryLock> lock,
                       std::unique_ptr<Families> families,
                       const StoreOptions& options, const Meta& meta,
                       const LogEnd& log_end)
    : lock_(std::move(lock)),
      families_(std::move(families)),
      in_memory_(options.in_memory),
      log_piece_bytes_(options.log_piece_bytes),
      database_id_(meta.database_id),
      mac_key_(meta.mac_key),
      sketch_(options.sketch_slots, meta.head),
      stripes_(options.change_stripes, meta.head, std::random_device()()),
      leases_(meta.horizon),
      head_(meta.head),
      last_commit_micros_(absl::ToUnixMicros(log_end.commit_time)),
      chain_(log_end.chain),
      compacted_horizon_(meta.horizon) {}

RocksStore::~RocksStore() = default;

ReadView RocksStore::View() {
  return {.families = families_.get(), .sketch = &sketch_, .leases = &leases_};
}

absl::Status RocksStore::CheckHorizon(Revision revision) const {
  if (revision >= leases_.floor()) return absl::OkStatus();
  return absl::OutOfRangeError(
      fmt::format("revision \"{}\" has expired: the oldest kept is \"{}\"",
                  revision, leases_.floor()));
}

absl::StatusOr<std::unique_ptr<Snapshot>> RocksStore::At(Revision revision) {
  if (revision > head()) {
    return absl::OutOfRangeError(fmt::format(
        "revision \"{}\" is beyond the newest, \"{}\"", revision, head()));
  }
  if (!leases_.Take(revision)) return CheckHorizon(revision);
  return MakeSnapshot(View(), revision);
}

std::unique_ptr<Snapshot> RocksStore::AtHead() {
  return MakeSnapshot(View(), leases_.TakeHead(head_));
}

absl::StatusOr<std::optional<SchemaVersion>> RocksStore::SchemaAt(
    Revision revision) {
  const std::unique_ptr<rocksdb::Iterator> it(families_->db()->NewIterator(
      rocksdb::ReadOptions(), families_->handle(Family::kSchema)));
  it->SeekForPrev(LogKey(revision));
  KITH_RETURN_IF_ERROR(FromRocks(it->status(), "read the schema"));
  // Asked after the read: whatever was collected by now lies below the horizon.
  KITH_RETURN_IF_ERROR(CheckHorizon(revision));
  if (!it->Valid()) return std::nullopt;
  v1::SchemaVersion row;
  Decoder key(ToView(it->key()));
  SchemaVersion version;
  version.revision = key.U64();
  if (!key.done() ||
      !row.ParseFromArray(it->value().data(),
                          static_cast<int>(it->value().size()))) {
    return absl::DataLossError(fmt::format(
        "the schema in force at revision \"{}\" does not decode", revision));
  }
  version.written_at = absl::FromUnixMicros(row.written_at_micros());
  version.text = std::move(*row.mutable_text());
  version.hash = std::move(*row.mutable_hash());
  return version;
}

absl::StatusOr<std::optional<std::string>> RocksStore::FindCounter(
    std::string_view name) {
  std::string bytes;
  const rocksdb::Status read = families_->db()->Get(
      rocksdb::ReadOptions(), families_->handle(Family::kMeta),
      CounterKey(name), &bytes);
  if (read.IsNotFound()) return std::nullopt;
  KITH_RETURN_IF_ERROR(FromRocks(read, "read a counter"));
  return bytes;
}

std::unique_ptr<Transaction> RocksStore::Begin() {
  return std::make_unique<GroupTransaction>(
      families_.get(), &sketch_, &stripes_, &symbols_,
      Newest(), CheckWritable());
}

absl::Status RocksStore::CheckWritable() const {
  if (!poisoned_.load(std::memory_order_acquire)) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable,
                   ErrorReason::kServiceReadOnly,
                   "the database takes no writes after one failed; it has to "
                   "be opened anew");
}

absl::Status RocksStore::Poison(const absl::Status& cause) {
  poisoned_.store(true, std::memory_order_release);
  return MakeError(
      absl::StatusCode::kUnavailable, ErrorReason::kServiceReadOnly,
      fmt::format("a write failed, and the database takes no more until it is "
                  "opened anew: {}",
                  std::string(cause.message())));
}

absl::Status RocksStore::WriteSynced(rocksdb::WriteBatch* batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  return FromRocks(families_->db()->Write(options, batch), "write");
}

// The order matters and is the whole of durability: written and synced, told to
// the caches, published.
absl::Status RocksStore::Commit(
    std::unique_ptr<Transaction> transaction,
    const std::function<void(Revision)>& before_publish) {
  KITH_RETURN_IF_ERROR(CheckWritable());
  auto& group = static_cast<GroupTransaction&>(*transaction);
  if (group.empty()) return absl::OkStatus();
  if (group.base() != head()) {
    return absl::InternalError(fmt::format(
        "a group begun at \"{}\" is committed at \"{}\": two writers",
        group.base(), head()));
  }
  KITH_RETURN_IF_ERROR(group.Seal());

  absl::Status status = HitFaultPoint("storage.commit.before_write");
  if (status.ok()) status = WriteSynced(group.batch());
  if (status.ok()) status = HitFaultPoint("storage.commit.after_write");
  if (!status.ok()) return Poison(status);

  for (const auto& [name, symbol] : group.new_symbols()) {
    symbols_.Add(name, symbol);
  }
  return Publish(group.base(), group.newest(), before_publish);
}

absl::Status RocksStore::Publish(
    Revision base, const GroupTransaction::Base& newest,
    const std::function<void(Revision)>& before_publish) {
  if (before_publish) before_publish(newest.head);
  const absl::Status status = HitFaultPoint("storage.commit.before_publish");
  if (!status.ok()) return Poison(status);
  assert(head() == base);
  chain_ = newest.chain;
  last_commit_micros_.store(absl::ToUnixMicros(newest.commit_time),
                            std::memory_order_release);
  head_.store(newest.head, std::memory_order_release);
  KITH_FAULT_POINT("storage.commit.after_publish");
  if (IsSeeded(SeededBug::kStampsAfterPublishing)) {
    stripes_.StampAll(newest.head);
  }
  return absl::OkStatus();
}

absl::Status RocksStore::ReadLog(
    Revision after, Revision through,
    const std::function<bool(const CommitRecord&)>& visit) {
  const Revision last = std::min(through, head());
  const std::unique_ptr<rocksdb::Iterator> it(families_->db()->NewIterator(
      rocksdb::ReadOptions(), families_->handle(Family::kLog)));
  // Asked after the view was taken: no row beyond the horizon is missing in it.
  KITH_RETURN_IF_ERROR(CheckHorizon(after));
  if (after >= last) return absl::OkStatus();
  LogRow row;
  Revision expected = after + 1;
  for (it->Seek(LogKey(expected)); it->Valid(); it->Seek(LogKey(++expected))) {
    if (ToView(it->key()) != LogKey(expected)) break;
    KITH_RETURN_IF_ERROR(row.Decode(expected, ToView(it->value())));
    const absl::Status pieces = row.ReadPieces(*families_);
    if (absl::IsOutOfRange(pieces)) return CheckHorizon(expected - 1);
    KITH_RETURN_IF_ERROR(pieces);
    if (!visit(row.record()) || expected == last) return absl::OkStatus();
  }
  KITH_RETURN_IF_ERROR(FromRocks(it->status(), "read the changelog"));
  return absl::DataLossError(
      fmt::format("changelog row \"{}\" is missing", expected));
}

absl::StatusOr<std::shared_ptr<const CommitRow>> RocksStore::ReadCommit(
    Revision revision) {
  std::string bytes;
  const rocksdb::Status read = families_->db()->Get(
      rocksdb::ReadOptions(), families_->handle(Family::kLog), LogKey(revision),
      &bytes);
  // Asked after the read, as above.
  KITH_RETURN_IF_ERROR(
      CheckHorizon(revision - std::min<Revision>(revision, 1)));
  if (read.IsNotFound()) return MalformedLogRow(revision, "it is missing");
  KITH_RETURN_IF_ERROR(FromRocks(read, "read the changelog"));
  return ParseCommitRow(revision, std::move(bytes), families_.get());
}

absl::Status RocksStore::Checkpoint(const std::string& directory) {
  if (in_memory_) {
    return absl::FailedPreconditionError(
        "a database in memory has no checkpoints");
  }
  rocksdb::Env* env = rocksdb::Env::Default();
  if (env->FileExists(directory).ok()) {
    return absl::AlreadyExistsError(
        fmt::format("\"{}\" exists already", directory));
  }
  rocksdb::Checkpoint* made = nullptr;
  KITH_RETURN_IF_ERROR(
      FromRocks(rocksdb::Checkpoint::Create(families_->db(), &made),
                "make a checkpoint"));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  KITH_RETURN_IF_ERROR(
      FromRocks(checkpoint->CreateCheckpoint(directory), "make a checkpoint"));
  // Without its format the directory does not open: it marks the copy complete.
  return WriteFormat(directory);
}

StoreStats RocksStore::Stats() const {
  return {.head = head(), .horizon = leases_.floor()};
}

}  // namespace kith::storage
