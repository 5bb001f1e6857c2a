#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "rocksdb/iterator.h"
#include "storage/families.h"
#include "storage/row_codec.h"
#include "storage/scan_range.h"

namespace kith::storage {

// The ended versions of a range that were visible at one revision, in the order
// of their latest keys. Rows of a unit lie by the time they ended, so a unit is
// loaded as a whole and sorted: its cost is the changes of the unit since that
// revision. Not thread-safe.
class HistoryCursor {
 public:
  // `range` outlives the cursor.
  HistoryCursor(const Families& families, const ScanRange& range,
                Revision revision);

  bool Valid() const { return next_ < rows_.size(); }
  void Next();
  // The latest key and the row; valid until Next.
  std::string_view key() const { return rows_[next_].key; }
  std::string_view row() const { return rows_[next_].row; }
  // Not OK: a read failed, and Valid() is false.
  const absl::Status& status() const { return status_; }

 private:
  struct Row {
    std::string key;
    std::string row;
  };

  void LoadNextUnit();
  void LoadUnit(std::string_view unit);
  void Consider(const HistoryKey& key);
  void SeekUnit(std::string_view unit);
  bool Decode(HistoryKey* key);
  void Fail(absl::Status status);

  const Families& families_;
  const ScanRange& range_;
  const Revision revision_;
  std::unique_ptr<rocksdb::Iterator> it_;
  std::vector<Row> rows_;
  size_t next_ = 0;
  absl::Status status_;
};

}  // namespace kith::storage
