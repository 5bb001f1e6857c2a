#include "in_process/disk.h"

#include <rocksdb/db.h>

#include <filesystem>

#include "base/status_macros.h"
#include "storage/families.h"

namespace kith::bench {

uint64_t DirectoryBytes(const std::string& directory) {
  uint64_t bytes = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

absl::Status Compact(const std::string& directory) {
  storage::Families::Options options;
  options.path = directory;
  KITH_ASSIGN_OR_RETURN(auto families, storage::Families::Open(options));
  for (size_t i = 0; i < storage::kFamilyCount; ++i) {
    auto status = families->db()->CompactRange(
        rocksdb::CompactRangeOptions(),
        families->handle(static_cast<storage::Family>(i)), nullptr, nullptr);
    if (!status.ok()) return absl::InternalError(status.ToString());
  }
  return absl::OkStatus();
}

}  // namespace kith::bench
