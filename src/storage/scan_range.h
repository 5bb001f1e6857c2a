#pragma once

#include <string>
#include <string_view>

#include "rocksdb/options.h"
#include "storage/types.h"

namespace kith::storage {

// The rows a filter selects in one order, as a contiguous range of latest keys
// and a test for the rest. Owns what RocksDB's read options point to, so it
// must outlive the iterators made with them and is not copied.
class ScanRange {
 public:
  // With `after`, only keys beyond it.
  ScanRange(const TupleFilter& filter, ScanOrder order, const TupleKey* after);
  ScanRange(const ScanRange&) = delete;
  ScanRange& operator=(const ScanRange&) = delete;

  ScanOrder order() const { return order_; }
  // Nothing can match.
  bool empty() const { return empty_; }
  // All keys of the range begin with it.
  std::string_view prefix() const { return prefix_; }
  // The first key of the range is at or beyond it.
  std::string_view start() const { return start_; }

  bool Contains(std::string_view bytes) const {
    return bytes.starts_with(prefix_);
  }
  // Whether a key of the range matches the whole filter.
  bool Matches(const TupleKey& key) const {
    return !residual_ || filter_.Matches(key);
  }

  // For iterators over the latest family and over the history family.
  rocksdb::ReadOptions LatestOptions() const;
  rocksdb::ReadOptions HistoryOptions() const;

 private:
  void AppendForwardPrefix();
  void AppendReversePrefix();
  rocksdb::ReadOptions OptionsBelow(const rocksdb::Slice* end) const;

  // Owned copies: the caller's views need not live as long as the scan.
  struct OwnedFilter {
    std::string resource_id;
    std::string resource_id_prefix;
    std::string subject_id;
  };

  const ScanOrder order_;
  TupleFilter filter_;
  OwnedFilter owned_;
  bool residual_ = false;
  bool empty_ = false;
  bool whole_unit_ = false;  // the prefix holds a unit
  std::string prefix_;
  std::string start_;
  std::string latest_end_;
  std::string history_end_;
  rocksdb::Slice latest_end_slice_;
  rocksdb::Slice history_end_slice_;
};

}  // namespace kith::storage
