#pragma once

#include <memory>

#include "rocksdb/slice_transform.h"
#include "storage/types.h"

namespace kith::storage {

// Gives RocksDB the unit (row_codec.h) of the keys of one order for its prefix
// filters. The name is written into every file and carries a version: filters
// made under another name are not used.
std::shared_ptr<const rocksdb::SliceTransform> UnitExtractor(ScanOrder order);

}  // namespace kith::storage
