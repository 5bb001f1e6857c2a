#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/row_block.h"
#include "storage/types.h"

namespace kith::engine {

// All rows that are written for one object, as the row cache keeps them: a
// RowBlock for each relation and type of subjects that there are rows of. In
// this process only: no format.
//
//   count | count * Part | row blocks
//
// A block of the count kLarge stands for an object of too many rows, and says
// nothing else of them.
class ObjectBlock {
 public:
  // A block made by ObjectBlockBuilder, which outlives this.
  explicit ObjectBlock(std::string_view bytes);

  bool large() const { return count_ == kLarge; }
  // The rows of one relation and type of subjects, of which there may be none.
  RowBlock Rows(storage::Symbol relation, storage::Symbol subject_type) const;

 private:
  friend class ObjectBlockBuilder;

  static constexpr uint32_t kLarge = UINT32_MAX;

  struct Part {
    storage::Symbol relation = storage::kNoSymbol;
    storage::Symbol subject_type = storage::kNoSymbol;
    uint32_t offset = 0;  // of the row block
  };

  std::string_view bytes_;
  uint32_t count_ = 0;
};

// Gathers the rows of an object, in forward order, as long as they are few
// enough.
class ObjectBlockBuilder {
 public:
  ObjectBlockBuilder(size_t max_rows, size_t max_bytes)
      : rows_left_(max_rows), max_bytes_(max_bytes) {}

  void Add(const storage::TupleKey& key, const storage::TupleValue& value);
  // There were too many rows.
  bool large() const { return large_; }
  // The block, or that of a large object.
  std::string Finish();

 private:
  void FinishPart();

  size_t rows_left_;
  const size_t max_bytes_;
  bool large_ = false;
  std::string parts_;
  std::string blocks_;  // at offsets from its own start
  ObjectBlock::Part part_;
  std::optional<RowBlockBuilder> rows_;  // of part_
};

}  // namespace kith::engine
