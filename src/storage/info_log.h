#pragma once

#include <memory>
#include <string>

#include "rocksdb/env.h"

namespace kith::storage {

// RocksDB's diary of what it does, in `LOG` of its directory; `LOG.old` is that
// of the last time it was opened, or what came before the newest 8 MiB. Lines
// that cannot be written are lost and that is all: RocksDB's own logger, as it
// is packaged, aborts the process at the first line after one that a full disk
// refused, and every reader with it. Thread-safe.
std::shared_ptr<rocksdb::Logger> OpenInfoLog(const std::string& directory);

}  // namespace kith::storage
