#include "storage/snapshot.h"

#include <optional>
#include <string>
#include <utility>

#include "base/coding.h"
#include "base/fault.h"
#include "storage/history_cursor.h"
#include "storage/rocks_status.h"
#include "storage/row_codec.h"
#include "storage/scan_range.h"

// How a read at revision R is exact without locks and without a snapshot of
// RocksDB. A version is visible at R when created <= R < ended.
//
// 1. The latest rows are read first, as of some moment t. A row created at or
//    before R that is there has not ended at t, so it is visible at R.
// 2. A visible version that is not there ended before t. Its writer raised the
//    sketch before the write that t saw. So when the sketch, asked after t, has
//    no end above R, nothing is missing.
// 3. Otherwise the history is read, later than t: it has all versions ended by
//    t, since garbage collection keeps clear of R as long as the lease is held.
//    A version ended between the two reads is seen twice; a key has at most one
//    version visible at R, so rows of equal keys are the same row.
//
// Rows of commits that are written and not yet published are created after R.

namespace kith::storage {
namespace {

absl::Status Malformed(std::string_view what) {
  return absl::DataLossError("a relationship row has a malformed " +
                             std::string(what));
}

class SnapshotIterator final : public TupleIterator {
 public:
  SnapshotIterator(const ReadView& view, Revision revision,
                   const TupleFilter& filter, ScanOrder order,
                   const TupleKey* after)
      : families_(*view.families),
        revision_(revision),
        range_(filter, order, after) {
    if (range_.empty()) return;
    latest_.reset(families_.db()->NewIterator(
        range_.LatestOptions(), families_.handle(LatestFamily(order))));
    KITH_FAULT_POINT("storage.read.between_view_and_sketch");
    if (view.sketch->Bound(order, range_.prefix()) > revision) {
      history_.emplace(families_, range_, revision);
    }
    latest_->Seek(ToSlice(range_.start()));
    SkipInvisible();
    Settle();
  }

  bool Valid() const override { return valid_; }

  void Next() override {
    if (from_latest_) {
      latest_->Next();
      SkipInvisible();
    } else {
      history_->Next();
    }
    Settle();
  }

  const TupleKey& key() const override { return key_; }
  const TupleValue& value() const override { return value_; }
  absl::Status status() const override { return status_; }

 private:
  // Moves `latest_` to the next row that is visible and matches, and decodes
  // it; has_latest_ tells whether there is one.
  void SkipInvisible() {
    for (has_latest_ = false; latest_->Valid(); latest_->Next()) {
      const std::string_view bytes = ToView(latest_->key());
      if (!range_.Contains(bytes)) return;
      if (!DecodeRow(ToView(latest_->value()), &latest_value_)) {
        return Fail(Malformed("value"));
      }
      if (latest_value_.created > revision_ ||
          families_.line().Expired(latest_value_)) {
        continue;
      }
      if (!DecodeKey(range_.order(), bytes, &latest_key_)) {
        return Fail(Malformed("key"));
      }
      if (range_.Matches(latest_key_)) {
        has_latest_ = true;
        return;
      }
    }
    if (!latest_->status().ok()) {
      Fail(FromRocks(latest_->status(), "scan relationships"));
    }
  }

  // Makes the lesser of the two sources' rows the current one.
  void Settle() {
    if (history_.has_value() && status_.ok()) {
      if (has_latest_ && history_->Valid() &&
          history_->key() == ToView(latest_->key())) {
        history_->Next();
      }
      if (!history_->status().ok()) return Fail(history_->status());
    }
    if (!status_.ok()) return;
    const bool has_history = history_.has_value() && history_->Valid();
    from_latest_ = has_latest_ &&
                   (!has_history || ToView(latest_->key()) < history_->key());
    valid_ = from_latest_ || has_history;
    if (from_latest_) {
      key_ = latest_key_;
      value_ = latest_value_;
    } else if (has_history &&
               (!DecodeKey(range_.order(), history_->key(), &key_) ||
                !DecodeRow(history_->row(), &value_))) {
      Fail(Malformed("history row"));
    }
  }

  void Fail(absl::Status status) {
    status_ = std::move(status);
    valid_ = false;
    has_latest_ = false;
  }

  const Families& families_;
  const Revision revision_;
  const ScanRange range_;
  std::unique_ptr<rocksdb::Iterator> latest_;
  std::optional<HistoryCursor> history_;
  bool has_latest_ = false;
  bool from_latest_ = false;
  bool valid_ = false;
  TupleKey latest_key_;
  TupleValue latest_value_;
  TupleKey key_;
  TupleValue value_;
  absl::Status status_;
};

class RevisionSnapshot final : public Snapshot {
 public:
  RevisionSnapshot(const ReadView& view, Revision revision)
      : view_(view), revision_(revision) {}
  ~RevisionSnapshot() override { view_.leases->Return(revision_); }

  Revision revision() const override { return revision_; }

  absl::StatusOr<bool> Get(const TupleKey& key, TupleValue* value) override {
    if (!IsStorable(key)) return false;
    TupleValue unwanted;
    if (value == nullptr) value = &unwanted;
    key_.clear();
    AppendKey(ScanOrder::kForward, key, &key_);
    row_.Reset();
    const rocksdb::Status read = view_.families->db()->Get(
        rocksdb::ReadOptions(), view_.families->handle(Family::kForward), key_,
        &row_);
    if (read.ok()) {
      if (!DecodeRow(ToView(row_), value)) return Malformed("value");
      if (value->created <= revision_) {
        return !view_.families->line().Expired(*value);
      }
    } else if (!read.IsNotFound()) {
      return FromRocks(read, "read a relationship");
    }
    KITH_FAULT_POINT("storage.read.between_view_and_sketch");
    if (view_.sketch->Bound(ScanOrder::kForward, key_) <= revision_) {
      return false;
    }
    return GetEnded(value);
  }

  std::unique_ptr<TupleIterator> Scan(const TupleFilter& filter,
                                      ScanOrder order,
                                      const TupleKey* after) override {
    return std::make_unique<SnapshotIterator>(view_, revision_, filter, order,
                                              after);
  }

 private:
  // The version of `key_` that has ended since. Rows of a unit ascend by when
  // they ended, so the first version of the key beyond the revision decides.
  absl::StatusOr<bool> GetEnded(TupleValue* value) {
    const std::string_view key = key_;
    const size_t unit = UnitSize(ScanOrder::kForward, key);
    std::string target(key.substr(0, unit));
    PutU64(&target, revision_ + 1);
    rocksdb::ReadOptions options;
    options.prefix_same_as_start = true;
    const std::unique_ptr<rocksdb::Iterator> it(
        view_.families->db()->NewIterator(
            options, view_.families->handle(Family::kForwardHistory)));
    for (it->Seek(target); it->Valid(); it->Next()) {
      HistoryKey ended;
      if (!DecodeHistoryKey(ScanOrder::kForward, ToView(it->key()), &ended)) {
        return Malformed("history key");
      }
      if (ended.unit != key.substr(0, unit)) break;
      if (ended.rest != key.substr(unit)) continue;
      ended_row_.assign(it->value().data(), it->value().size());
      if (!DecodeRow(ended_row_, value)) return Malformed("history value");
      return value->created <= revision_ &&
             !view_.families->line().Expired(*value);
    }
    if (!it->status().ok()) return FromRocks(it->status(), "read the history");
    return false;
  }

  const ReadView view_;
  const Revision revision_;
  std::string key_;
  rocksdb::PinnableSlice row_;
  std::string ended_row_;
};

class Empty final : public TupleIterator {
 public:
  explicit Empty(absl::Status status) : status_(std::move(status)) {}
  bool Valid() const override { return false; }
  void Next() override {}
  const TupleKey& key() const override { return key_; }
  const TupleValue& value() const override { return value_; }
  absl::Status status() const override { return status_; }

 private:
  const absl::Status status_;
  const TupleKey key_;
  const TupleValue value_;
};

}  // namespace

std::unique_ptr<Snapshot> MakeSnapshot(const ReadView& view,
                                       Revision revision) {
  return std::make_unique<RevisionSnapshot>(view, revision);
}

std::unique_ptr<TupleIterator> EmptyIterator(absl::Status status) {
  return std::make_unique<Empty>(std::move(status));
}

}  // namespace kith::storage
