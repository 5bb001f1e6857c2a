#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "rocksdb/slice.h"
#include "rocksdb/status.h"

namespace kith::storage {

// Our status of a RocksDB one, as "<doing>: <detail>". Corruption is
// DATA_LOSS, a failed or full disk UNAVAILABLE, everything else INTERNAL.
absl::Status FromRocks(const rocksdb::Status& status, std::string_view doing);

inline rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
inline std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace kith::storage
