#include "storage/group_transaction.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/coding.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "kith/storage/v1/schema_version.pb.h"
#include "storage/meta.h"
#include "storage/rocks_status.h"
#include "storage/row_codec.h"
#include "storage/scan_range.h"
#include "storage/snapshot.h"

namespace kith::storage {

namespace {

// A protobuf message ends at 2 GiB; a commit ends well below.
constexpr size_t kMaxLogRowBytes = 1ull << 30;
constexpr size_t kChangeOverheadBytes = 64;
constexpr size_t kProtectionBytesPerKey = 8;

absl::Status MalformedRow() {
  return absl::DataLossError("a relationship row is malformed");
}

}  // namespace

// Rows of the database under those of the batch. The batch's own iterator does
// not survive changes to the batch, so after one it is made anew; the current
// row is a copy.
class GroupIterator final : public TupleIterator {
 public:
  GroupIterator(GroupTransaction* group, const TupleFilter& filter)
      : group_(*group), range_(filter, BestOrder(filter), nullptr) {
    if (range_.empty()) return;
    bytes_ = range_.start();
    Open();
    Settle();
  }

  bool Valid() const override { return valid_; }
  void Next() override {
    if (changes_seen_ == group_.changes_) {
      it_->Next();
    } else {
      bytes_.push_back('\0');  // the least string beyond the current key
      Open();
    }
    Settle();
  }
  const TupleKey& key() const override { return key_; }
  const TupleValue& value() const override { return value_; }
  absl::Status status() const override { return status_; }

 private:
  void Open() {
    const Families& families = group_.families_;
    rocksdb::ColumnFamilyHandle* handle =
        families.handle(LatestFamily(range_.order()));
    options_ = range_.LatestOptions();
    changes_seen_ = group_.changes_;
    it_.reset(group_.batch_.NewIteratorWithBase(
        handle, families.db()->NewIterator(options_, handle), &options_));
    it_->Seek(bytes_);
  }

  void Settle() {
    for (valid_ = false; it_->Valid(); it_->Next()) {
      if (!range_.Contains(ToView(it_->key()))) return;
      bytes_ = ToView(it_->key());
      row_ = ToView(it_->value());
      if (!DecodeKey(range_.order(), bytes_, &key_) ||
          !DecodeRow(row_, &value_)) {
        status_ = group_.Spoil(MalformedRow());
        return;
      }
      if (group_.families_.line().Expired(value_)) continue;
      if (range_.Matches(key_)) {
        valid_ = true;
        return;
      }
    }
    if (!it_->status().ok()) {
      status_ = group_.Spoil(FromRocks(it_->status(), "scan relationships"));
    }
  }

  GroupTransaction& group_;
  const ScanRange range_;
  rocksdb::ReadOptions options_;
  std::unique_ptr<rocksdb::Iterator> it_;
  uint64_t changes_seen_ = 0;
  bool valid_ = false;
  std::string bytes_;
  std::string row_;
  TupleKey key_;
  TupleValue value_;
  absl::Status status_;
};

GroupTransaction::GroupTransaction(const Families* families,
                                   EndedSketch* sketch,
                                   ChangeStripes* stripes,
                                   const SymbolTable* symbols, const Base& base,
                                   absl::Status writable)
    : families_(*families),
      sketch_(*sketch),
      stripes_(*stripes),
      symbols_(*symbols),
      base_(base.head),
      newest_(base),
      before_newest_(base),
      batch_(rocksdb::BytewiseComparator(), /*reserved_bytes=*/0,
             /*overwrite_key=*/true, /*max_bytes=*/0, kProtectionBytesPerKey),
      spoilt_(std::move(writable)) {}

Revision GroupTransaction::BeginCommit(absl::Time commit_time) {
  EndCommit();
  before_newest_ = newest_;
  ++newest_.head;
  newest_.commit_time = CommitTimeAfter(newest_.commit_time, commit_time);
  log_row_.Clear();
  log_changes_.clear();
  log_row_.set_previous_revision(before_newest_.head);
  log_row_.set_commit_time_micros(absl::ToUnixMicros(newest_.commit_time));
  log_bytes_ = 0;
  open_ = true;
  return newest_.head;
}

void GroupTransaction::DropCommit() {
  assert(open_ && log_row_.change_count() == 0 && !log_row_.schema_written());
  newest_ = before_newest_;
  open_ = false;
}

void GroupTransaction::EndCommit() {
  if (!open_) return;
  open_ = false;
  const std::string bytes =
      EncodeLogRow(log_row_, log_changes_, &newest_.chain);
  Write(unread().Put(families_.handle(Family::kLog), LogKey(newest_.head),
                     bytes))
      .IgnoreError();  // remembered: Seal fails
  if (!log_row_.schema_written()) return;
  v1::SchemaVersion version;
  version.set_written_at_micros(absl::ToUnixMicros(schema_->written_at));
  version.set_text(schema_->text);
  version.set_hash(schema_->hash);
  Write(unread().Put(families_.handle(Family::kSchema), LogKey(newest_.head),
                   version.SerializeAsString()))
      .IgnoreError();
}

absl::Status GroupTransaction::Seal() {
  EndCommit();
  rocksdb::ColumnFamilyHandle* meta = families_.handle(Family::kMeta);
  for (const auto& [name, symbol] : new_symbols_) {
    std::string value;
    PutU16(&value, symbol);
    KITH_RETURN_IF_ERROR(Write(
        unread().Put(meta, std::string(kMetaSymbolPrefix).append(name),
                     value)));
  }
  KITH_RETURN_IF_ERROR(
      Write(
      unread().Put(meta, ToSlice(kMetaHead), EncodeMetaU64(newest_.head))));
  if (spoilt_.ok()) return absl::OkStatus();
  return absl::InternalError(
      fmt::format("a group of commits is to be abandoned after \"{}\"",
                  std::string(spoilt_.message())));
}

absl::Status GroupTransaction::Write(rocksdb::Status status) {
  if (status.ok()) return absl::OkStatus();
  return Spoil(FromRocks(status, "add to the group"));
}

absl::Status GroupTransaction::Spoil(absl::Status status) {
  if (spoilt_.ok()) spoilt_ = status;
  return status;
}

absl::StatusOr<bool> GroupTransaction::Load(const TupleKey& key,
                                            rocksdb::PinnableSlice* row,
                                            TupleValue* value) {
  if (!spoilt_.ok()) return spoilt_;
  forward_key_.clear();
  AppendKey(ScanOrder::kForward, key, &forward_key_);
  row->Reset();
  const rocksdb::Status read = batch_.GetFromBatchAndDB(
      families_.db(), rocksdb::ReadOptions(),
      families_.handle(Family::kForward), forward_key_, row);
  if (read.IsNotFound()) return false;
  if (!read.ok()) return Spoil(FromRocks(read, "read a relationship"));
  if (!DecodeRow(ToView(*row), value)) return Spoil(MalformedRow());
  return !families_.line().Expired(*value);
}

absl::StatusOr<bool> GroupTransaction::Get(const TupleKey& key,
                                           TupleValue* value) {
  if (!IsStorable(key)) return false;
  TupleValue unwanted;
  return Load(key, &got_row_, value == nullptr ? &unwanted : value);
}

std::unique_ptr<TupleIterator> GroupTransaction::Scan(
    const TupleFilter& filter) {
  if (!spoilt_.ok()) return EmptyIterator(spoilt_);
  return std::make_unique<GroupIterator>(this, filter);
}

absl::Status GroupTransaction::CheckChange(const TupleKey& key,
                                           size_t context_bytes) {
  assert(open_);
  if (!IsStorable(key)) {
    return Spoil(absl::InvalidArgumentError(
        "an object id contains a zero byte, which the storage does not allow"));
  }
  log_bytes_ += key.resource_id.size() + key.subject_id.size() + context_bytes +
                kChangeOverheadBytes;
  if (log_bytes_ <= kMaxLogRowBytes) return absl::OkStatus();
  return Spoil(absl::ResourceExhaustedError(
      fmt::format("a commit of \"{}\" bytes is over the limit of {} bytes",
                  log_bytes_, kMaxLogRowBytes)));
}

absl::Status GroupTransaction::EndRow(const rocksdb::Slice& row,
                                      Revision created) {
  const Revision now = newest_.head;
  if (created >= now) {
    return Spoil(absl::InternalError(
        fmt::format("a commit, \"{}\", changes a relationship twice", now)));
  }
  for (const ScanOrder order : {ScanOrder::kForward, ScanOrder::kReverse}) {
    const std::string& latest =
        order == ScanOrder::kForward ? forward_key_ : reverse_key_;
    sketch_.Raise(order, latest, now);
    scratch_.clear();
    AppendHistoryKey(order, latest, now, &scratch_);
    KITH_RETURN_IF_ERROR(Write(
        unread().Put(families_.handle(HistoryFamily(order)), scratch_, row)));
  }
  return absl::OkStatus();
}

absl::Status GroupTransaction::Put(const TupleKey& key,
                                   const TupleValue& value) {
  KITH_RETURN_IF_ERROR(CheckChange(key, value.caveat_context.size()));
  TupleValue old;
  KITH_ASSIGN_OR_RETURN(const bool found, Load(key, &old_row_, &old));
  reverse_key_.clear();
  AppendKey(ScanOrder::kReverse, key, &reverse_key_);
  if (found) KITH_RETURN_IF_ERROR(EndRow(old_row_, old.created));
  if (!IsSeeded(SeededBug::kStampsAfterPublishing)) {
    stripes_.StampTuple(forward_key_, reverse_key_, newest_.head);
  }
  scratch_.clear();
  AppendRow(newest_.head, value, &scratch_);
  KITH_RETURN_IF_ERROR(Write(
      batch_.Put(families_.handle(Family::kForward), forward_key_, scratch_)));
  KITH_RETURN_IF_ERROR(Write(
      batch_.Put(families_.handle(Family::kReverse), reverse_key_, scratch_)));
  AppendPut(key, value, &log_changes_);
  log_row_.set_change_count(log_row_.change_count() + 1);
  ++changes_;
  return absl::OkStatus();
}

absl::Status GroupTransaction::Delete(const TupleKey& key) {
  KITH_RETURN_IF_ERROR(CheckChange(key, 0));
  TupleValue old;
  KITH_ASSIGN_OR_RETURN(const bool found, Load(key, &old_row_, &old));
  if (!found) return absl::OkStatus();
  reverse_key_.clear();
  AppendKey(ScanOrder::kReverse, key, &reverse_key_);
  KITH_RETURN_IF_ERROR(EndRow(old_row_, old.created));
  if (!IsSeeded(SeededBug::kStampsAfterPublishing) &&
      !IsSeeded(SeededBug::kDeletionsNotStamped)) {
    stripes_.StampTuple(forward_key_, reverse_key_, newest_.head);
  }
  KITH_RETURN_IF_ERROR(
      Write(batch_.Delete(families_.handle(Family::kForward), forward_key_)));
  KITH_RETURN_IF_ERROR(
      Write(batch_.Delete(families_.handle(Family::kReverse), reverse_key_)));
  AppendDelete(key, &log_changes_);
  log_row_.set_change_count(log_row_.change_count() + 1);
  ++changes_;
  return absl::OkStatus();
}

void GroupTransaction::SetMetadata(std::string_view metadata) {
  assert(open_);
  log_row_.set_metadata(metadata.data(), metadata.size());
}

void GroupTransaction::PutSchema(std::string_view text, std::string_view hash) {
  assert(open_);
  log_row_.set_schema_written(true);
  schema_ = {.revision = newest_.head,
             .written_at = newest_.commit_time,
             .text = std::string(text),
             .hash = std::string(hash)};
}

absl::StatusOr<Symbol> GroupTransaction::Intern(std::string_view name) {
  if (const auto known = symbols_.Find(name)) return *known;
  const auto it = new_symbol_of_.find(name);
  if (it != new_symbol_of_.end()) return it->second;
  const size_t next = symbols_.last() + new_symbols_.size() + 1;
  if (next > SymbolTable::kMaxNames) {
    return absl::ResourceExhaustedError(
        fmt::format("no symbol is left for \"{}\": a database has at most {} "
                    "names of types, relations and caveats over its life",
                    name, SymbolTable::kMaxNames));
  }
  const auto symbol = static_cast<Symbol>(next);
  new_symbol_of_.emplace(name, symbol);
  new_symbols_.emplace_back(name, symbol);
  return symbol;
}

absl::StatusOr<std::optional<std::string>> GroupTransaction::GetCounter(
    std::string_view name) {
  if (!spoilt_.ok()) return spoilt_;
  std::string bytes;
  const rocksdb::Status read = batch_.GetFromBatchAndDB(
      families_.db(), rocksdb::ReadOptions(), families_.handle(Family::kMeta),
      CounterKey(name), &bytes);
  if (read.IsNotFound()) return std::nullopt;
  if (!read.ok()) return Spoil(FromRocks(read, "read a counter"));
  return bytes;
}

absl::StatusOr<size_t> GroupTransaction::CountCounters() {
  if (!spoilt_.ok()) return spoilt_;
  rocksdb::ColumnFamilyHandle* meta = families_.handle(Family::kMeta);
  const rocksdb::ReadOptions options;
  const std::unique_ptr<rocksdb::Iterator> it(batch_.NewIteratorWithBase(
      meta, families_.db()->NewIterator(options, meta), &options));
  size_t count = 0;
  for (it->Seek(ToSlice(kMetaCounterPrefix));
       it->Valid() && ToView(it->key()).starts_with(kMetaCounterPrefix);
       it->Next()) {
    ++count;
  }
  if (!it->status().ok()) {
    return Spoil(FromRocks(it->status(), "read the counters"));
  }
  return count;
}

absl::Status GroupTransaction::PutCounter(std::string_view name,
                                          std::string_view bytes) {
  assert(open_);
  return Write(batch_.Put(families_.handle(Family::kMeta), CounterKey(name),
                          ToSlice(bytes)));
}

absl::Status GroupTransaction::DeleteCounter(std::string_view name) {
  assert(open_);
  return Write(
      batch_.Delete(families_.handle(Family::kMeta), CounterKey(name)));
}

}  // namespace kith::storage
