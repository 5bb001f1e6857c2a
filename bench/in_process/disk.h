#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace kith::bench {

// Bytes of all files in a directory and below it.
uint64_t DirectoryBytes(const std::string& directory);

// Compacts every row of a database that nobody has open.
absl::Status Compact(const std::string& directory);

}  // namespace kith::bench
