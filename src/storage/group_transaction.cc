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

// Rows of the database under those of the group. The current row is a copy, and
// after a change of the group both are sought anew, so any change is fine.
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
    if (changes_seen_ != group_.rows_.changes()) {
      bytes_.push_back('\0');  // the least string beyond the current key
      Open();
    }
    Settle();
  }
  const TupleKey& key() const override { return key_; }
  const TupleValue& value() const override { return value_; }
  absl::Status status() const override { return status_; }

 private:
  // Both at bytes_ or beyond it.
  void Open() {
    const Families& families = group_.families_;
    options_ = range_.LatestOptions();
    stored_.reset(families.db()->NewIterator(
        options_, families.handle(LatestFamily(range_.order()))));
    stored_->Seek(bytes_);
    changed_ = &group_.rows_.Changed(range_.order());
    next_changed_ = changed_->lower_bound(bytes_);
    changes_seen_ = group_.rows_.changes();
  }

  // The next row of the two, in bytes_ and row_, unless it was deleted.
  enum class Step { kRow, kDeleted, kEnd };
  Step Take() {
    const bool stored =
        stored_->Valid() && range_.Contains(ToView(stored_->key()));
    const bool changed = next_changed_ != changed_->end() &&
                         range_.Contains(next_changed_->first);
    if (!stored && !changed) return Step::kEnd;
    const int order =
        !changed  ? -1
        : !stored ? 1
                  : ToView(stored_->key()).compare(next_changed_->first);
    if (order < 0) {
      bytes_ = ToView(stored_->key());
      row_ = ToView(stored_->value());
      stored_->Next();
      return Step::kRow;
    }
    if (order == 0) stored_->Next();
    const auto& [key, row] = *next_changed_++;
    bytes_ = key;
    row_ = row->value;
    return row->present ? Step::kRow : Step::kDeleted;
  }

  void Settle() {
    valid_ = false;
    for (Step step = Take(); step != Step::kEnd; step = Take()) {
      if (step == Step::kDeleted) continue;
      if (!DecodeKey(range_.order(), bytes_, &key_) ||
          !DecodeRow(row_, &value_)) {
        status_ = group_.Spoil(MalformedRow());
        return;
      }
      if (group_.families_.line().Expired(value_)) continue;
      if (range_.Matches(key_)) {
        valid_ = true;
        break;
      }
    }
    if (stored_->status().ok()) return;
    valid_ = false;
    status_ = group_.Spoil(FromRocks(stored_->status(), "scan relationships"));
  }

  GroupTransaction& group_;
  const ScanRange range_;
  rocksdb::ReadOptions options_;
  std::unique_ptr<rocksdb::Iterator> stored_;
  const GroupRows::Ordered* changed_ = nullptr;
  GroupRows::Ordered::const_iterator next_changed_;
  uint64_t changes_seen_ = 0;
  bool valid_ = false;
  std::string bytes_;
  std::string row_;
  TupleKey key_;
  TupleValue value_;
  absl::Status status_;
};

GroupTransaction::GroupTransaction(const Families* families,
                                   EndedSketch* sketch, ChangeStripes* stripes,
                                   const SymbolTable* symbols, const Base& base,
                                   absl::Status writable)
    : families_(*families),
      sketch_(*sketch),
      stripes_(*stripes),
      symbols_(*symbols),
      base_(base.head),
      newest_(base),
      before_newest_(base),
      batch_(/*reserved_bytes=*/0, /*max_bytes=*/0, kProtectionBytesPerKey,
             /*default_cf_ts_sz=*/0),
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
  Write(batch_.Put(families_.handle(Family::kLog), LogKey(newest_.head),
                   bytes))
      .IgnoreError();  // remembered: Seal fails
  if (!log_row_.schema_written()) return;
  v1::SchemaVersion version;
  version.set_written_at_micros(absl::ToUnixMicros(schema_->written_at));
  version.set_text(schema_->text);
  version.set_hash(schema_->hash);
  Write(batch_.Put(families_.handle(Family::kSchema), LogKey(newest_.head),
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
        batch_.Put(meta, std::string(kMetaSymbolPrefix).append(name), value)));
  }
  KITH_RETURN_IF_ERROR(
      Write(batch_.Put(meta, ToSlice(kMetaHead), EncodeMetaU64(newest_.head))));
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

absl::StatusOr<GroupRows::Row*> GroupTransaction::Load(const TupleKey& key) {
  if (!spoilt_.ok()) return spoilt_;
  forward_key_.clear();
  AppendKey(ScanOrder::kForward, key, &forward_key_);
  GroupRows::Row* const known = rows_.Find(forward_key_);
  if (known != nullptr) return known;
  stored_row_.Reset();
  const rocksdb::Status read = families_.db()->Get(
      rocksdb::ReadOptions(), families_.handle(Family::kForward), forward_key_,
      &stored_row_);
  if (read.IsNotFound()) return rows_.AddStored(forward_key_, nullptr);
  if (!read.ok()) return Spoil(FromRocks(read, "read a relationship"));
  const std::string_view stored = ToView(stored_row_);
  return rows_.AddStored(forward_key_, &stored);
}

absl::StatusOr<GroupRows::Row*> GroupTransaction::LoadLive(const TupleKey& key,
                                                           TupleValue* value) {
  KITH_ASSIGN_OR_RETURN(GroupRows::Row* const row, Load(key));
  if (!row->present) return nullptr;
  if (!DecodeRow(row->value, value)) return Spoil(MalformedRow());
  return families_.line().Expired(*value) ? nullptr : row;
}

absl::StatusOr<bool> GroupTransaction::Get(const TupleKey& key,
                                           TupleValue* value) {
  if (!IsStorable(key)) return false;
  TupleValue unwanted;
  KITH_ASSIGN_OR_RETURN(const GroupRows::Row* row,
                        LoadLive(key, value == nullptr ? &unwanted : value));
  return row != nullptr;
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

absl::Status GroupTransaction::EndRow(std::string_view row, Revision created) {
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
    KITH_RETURN_IF_ERROR(Write(batch_.Put(
        families_.handle(HistoryFamily(order)), scratch_, ToSlice(row))));
  }
  return absl::OkStatus();
}

absl::Status GroupTransaction::Put(const TupleKey& key,
                                   const TupleValue& value) {
  KITH_RETURN_IF_ERROR(CheckChange(key, value.caveat_context.size()));
  TupleValue old;
  KITH_ASSIGN_OR_RETURN(const GroupRows::Row* row, LoadLive(key, &old));
  reverse_key_.clear();
  AppendKey(ScanOrder::kReverse, key, &reverse_key_);
  if (row != nullptr) KITH_RETURN_IF_ERROR(EndRow(row->value, old.created));
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
  // Last, because `value` may have come from there.
  rows_.Put(forward_key_, scratch_);
  return absl::OkStatus();
}

absl::Status GroupTransaction::Delete(const TupleKey& key) {
  KITH_RETURN_IF_ERROR(CheckChange(key, 0));
  TupleValue old;
  KITH_ASSIGN_OR_RETURN(const GroupRows::Row* row, LoadLive(key, &old));
  if (row == nullptr) return absl::OkStatus();
  reverse_key_.clear();
  AppendKey(ScanOrder::kReverse, key, &reverse_key_);
  KITH_RETURN_IF_ERROR(EndRow(row->value, old.created));
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
  rows_.Delete(forward_key_);
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
  const auto changed = counters_.find(name);
  if (changed != counters_.end()) return changed->second;
  std::string bytes;
  const rocksdb::Status read = families_.db()->Get(
      rocksdb::ReadOptions(), families_.handle(Family::kMeta), CounterKey(name),
      &bytes);
  if (read.IsNotFound()) return std::nullopt;
  if (!read.ok()) return Spoil(FromRocks(read, "read a counter"));
  return bytes;
}

absl::StatusOr<size_t> GroupTransaction::CountCounters() {
  if (!spoilt_.ok()) return spoilt_;
  size_t count = 0;
  for (const auto& [name, bytes] : counters_) count += bytes.has_value();
  const std::unique_ptr<rocksdb::Iterator> it(families_.db()->NewIterator(
      rocksdb::ReadOptions(), families_.handle(Family::kMeta)));
  for (it->Seek(ToSlice(kMetaCounterPrefix));
       it->Valid() && ToView(it->key()).starts_with(kMetaCounterPrefix);
       it->Next()) {
    const auto name = ToView(it->key()).substr(kMetaCounterPrefix.size());
    if (!counters_.contains(name)) ++count;
  }
  if (!it->status().ok()) {
    return Spoil(FromRocks(it->status(), "read the counters"));
  }
  return count;
}

absl::Status GroupTransaction::PutCounter(std::string_view name,
                                          std::string_view bytes) {
  assert(open_);
  counters_.insert_or_assign(std::string(name), std::string(bytes));
  return Write(batch_.Put(families_.handle(Family::kMeta), CounterKey(name),
                          ToSlice(bytes)));
}

absl::Status GroupTransaction::DeleteCounter(std::string_view name) {
  assert(open_);
  counters_.insert_or_assign(std::string(name), std::nullopt);
  return Write(
      batch_.Delete(families_.handle(Family::kMeta), CounterKey(name)));
}

}  // namespace kith::storage
