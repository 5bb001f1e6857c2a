#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace kith::storage {

// A row of an import before its commit.
struct StagedRow {
  uint64_t place = 0;      // where it came in the import
  std::string_view key;    // encoded in the cursor's order
  std::string_view value;  // an encoded row without its revision
};

// Rows in ascending order of key and then place. row() is valid until Next.
class RowCursor {
 public:
  virtual ~RowCursor() = default;
  virtual bool Valid() const = 0;
  virtual const StagedRow& row() const = 0;
  // After an error the cursor is not Valid().
  virtual absl::Status Next() = 0;
};

// All rows of `cursors`, merged.
std::unique_ptr<RowCursor> MergeRows(
    std::vector<std::unique_ptr<RowCursor>> cursors);

}  // namespace kith::storage
