#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/families.h"

// The directory of a database around RocksDB's files: who has it open, and
// which format it is in. Both are settled before RocksDB touches a file.

namespace kith::storage {

inline constexpr uint32_t kFormatEpoch = 1;

// Holds the directory for this process; the kernel lets go of it when the
// process dies.
class DirectoryLock {
 public:
  // FAILED_PRECONDITION when another opener, of this process too, holds it.
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Take(
      const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  const int fd_;
};

// Makes the directory with its parents, durably. OK when it exists.
absl::Status MakeDirectory(const std::string& directory);

// Whether the directory holds a database of our format; false when it holds
// none (or there is no directory). FAILED_PRECONDITION for another epoch or
// somebody else's RocksDB database, DATA_LOSS for an unreadable format file.
absl::StatusOr<bool> HoldsDatabase(const std::string& directory);

// Marks the directory as ours, durably and atomically.
absl::Status WriteFormat(const std::string& directory);

// The directory, below that of the database, of the files of imports in
// progress.
std::string ImportDirectory(const Families& families);
// Makes it, and removes what imports left in it that ended with their process.
absl::Status ClearImportDirectory(const Families& families);

}  // namespace kith::storage
