#pragma once

#include <memory>

#include "rocksdb/compaction_filter.h"
#include "storage/garbage_line.h"
#include "storage/types.h"

// Garbage collection as a part of compaction. Both filters judge each row by
// itself and a mark that only rises, so it does not matter which files are
// compacted together. `line` must outlive the filter.

namespace kith::storage {

// Drops rows of a history family that ended at or before the horizon.
std::unique_ptr<rocksdb::CompactionFilter> HistoryFilter(
    ScanOrder order, const GarbageLine* line);

// Drops rows of a latest family that expired before the line. RocksDB leaves a
// tombstone in place, so that no older version of the row shows again.
std::unique_ptr<rocksdb::CompactionFilter> ExpiryFilter(
    const GarbageLine* line);

}  // namespace kith::storage
