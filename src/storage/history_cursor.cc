#include "storage/history_cursor.h"

#include <algorithm>
#include <utility>

#include "base/coding.h"
#include "storage/rocks_status.h"

namespace kith::storage {

HistoryCursor::HistoryCursor(const Families& families, const ScanRange& range,
                             Revision revision)
    : families_(families),
      range_(range),
      revision_(revision),
      it_(families.db()->NewIterator(
          range.HistoryOptions(),
          families.handle(HistoryFamily(range.order())))) {
  const std::string_view start = range.start();
  const size_t unit = UnitSize(range.order(), start);
  if (unit != 0) {
    SeekUnit(start.substr(0, unit));
  } else {
    it_->Seek(ToSlice(start));
  }
  LoadNextUnit();
}

void HistoryCursor::Next() {
  if (++next_ == rows_.size()) LoadNextUnit();
}

// What ended at or before the revision was no longer visible at it.
void HistoryCursor::SeekUnit(std::string_view unit) {
  std::string target(unit);
  PutU64(&target, revision_ + 1);
  it_->Seek(target);
}

bool HistoryCursor::Decode(HistoryKey* key) {
  if (DecodeHistoryKey(range_.order(), ToView(it_->key()), key)) return true;
  Fail(absl::DataLossError("a history row has a malformed key"));
  return false;
}

void HistoryCursor::Fail(absl::Status status) {
  status_ = std::move(status);
  rows_.clear();
  next_ = 0;
}

// Leaves the first unit that has a visible row in `rows_`, or none at the end.
void HistoryCursor::LoadNextUnit() {
  rows_.clear();
  next_ = 0;
  while (rows_.empty() && it_->Valid()) {
    HistoryKey key;
    if (!Decode(&key)) return;
    const std::string_view prefix = range_.prefix();
    if (!key.unit.starts_with(prefix) && !prefix.starts_with(key.unit)) return;
    const std::string unit(key.unit);
    if (key.ended <= revision_) {
      SeekUnit(unit);
    } else {
      LoadUnit(unit);
      if (!status_.ok()) return;
    }
  }
  if (!it_->status().ok()) {
    return Fail(FromRocks(it_->status(), "scan the history"));
  }
  std::sort(rows_.begin(), rows_.end(),
            [](const Row& a, const Row& b) { return a.key < b.key; });
}

void HistoryCursor::LoadUnit(std::string_view unit) {
  for (; it_->Valid(); it_->Next()) {
    HistoryKey key;
    if (!Decode(&key)) return;
    if (key.unit != unit) return;
    Consider(key);
    if (!status_.ok()) return;
  }
}

void HistoryCursor::Consider(const HistoryKey& key) {
  TupleValue value;
  if (!DecodeRow(ToView(it_->value()), &value)) {
    return Fail(absl::DataLossError("a history row has a malformed value"));
  }
  if (value.created > revision_ || families_.line().Expired(value)) return;
  std::string latest(key.unit);
  latest.append(key.rest);
  if (latest < range_.start() || !range_.Contains(latest)) return;
  TupleKey tuple;
  if (!DecodeKey(range_.order(), latest, &tuple)) {
    return Fail(absl::DataLossError("a history row has a malformed key"));
  }
  if (!range_.Matches(tuple)) return;
  rows_.push_back({std::move(latest), it_->value().ToString()});
}

}  // namespace kith::storage
