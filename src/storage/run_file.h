#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rocksdb/env.h"
#include "storage/row_cursor.h"

namespace kith::storage {

// Sorted rows of an import that did not fit in memory, in a temporary file of
// one order. Removed with the object. What is read back is verified by a hash:
// DATA_LOSS.
class RunFile {
 public:
  // Writes what `rows` has to a new file at `path`. At least one row.
  static absl::StatusOr<std::unique_ptr<RunFile>> Write(rocksdb::Env* env,
                                                        std::string path,
                                                        RowCursor* rows);
  ~RunFile();
  RunFile(const RunFile&) = delete;
  RunFile& operator=(const RunFile&) = delete;

  uint64_t bytes() const { return bytes_; }
  const std::string& last_key() const { return last_key_; }
  absl::StatusOr<std::unique_ptr<RowCursor>> Open() const;

 private:
  RunFile(rocksdb::Env* env, std::string path)
      : env_(*env), path_(std::move(path)) {}

  rocksdb::Env& env_;
  const std::string path_;
  uint64_t bytes_ = 0;
  std::string last_key_;
};

}  // namespace kith::storage
