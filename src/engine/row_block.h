#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/types.h"

namespace kith::engine {

// The rows of one unit as the row cache keeps them: an immutable run of bytes,
// sorted by id and then relation, where id and relation are the part of the
// key in which the rows of the unit differ. In this process only: no format.
//
//   count | count * Place | ids and values
//
// A block of the count kLarge stands for a unit of too many rows, and says
// nothing else of them.
class RowBlock {
 public:
  static constexpr uint32_t kLarge = UINT32_MAX;

  struct Row {
    std::string_view id;
    storage::Symbol relation = storage::kNoSymbol;
    storage::TupleValue value;  // created is 0
  };

  RowBlock() = default;  // of no rows
  // A block made by RowBlockBuilder, which outlives this.
  explicit RowBlock(std::string_view bytes);

  bool large() const { return count_ == kLarge; }
  size_t size() const { return count_; }
  Row operator[](size_t i) const;
  std::optional<Row> Find(std::string_view id, storage::Symbol relation) const;
  // Of the first row beyond those with this id or a lesser one.
  size_t IndexAfter(std::string_view id) const;

 private:
  friend class RowBlockBuilder;

  // Neither expiry nor caveat.
  static constexpr uint32_t kNoValue = UINT32_MAX;

  struct Place {
    uint32_t id = 0;            // offset of the id in the block
    uint32_t value = kNoValue;  // offset of the value
    uint16_t id_size = 0;
    storage::Symbol relation = storage::kNoSymbol;
  };
  Place At(size_t i) const;
  std::string_view IdOf(const Place& place) const {
    return bytes_.substr(place.id, place.id_size);
  }
  storage::TupleValue ValueOf(const Place& place) const;

  std::string_view bytes_;
  uint32_t count_ = 0;
};

// Gathers the rows of a unit, in their order, as long as they are few enough.
class RowBlockBuilder {
 public:
  RowBlockBuilder(size_t max_rows, size_t max_bytes)
      : max_rows_(max_rows), max_bytes_(max_bytes) {}

  void Add(std::string_view id, storage::Symbol relation,
           const storage::TupleValue& value);
  // There were too many rows.
  bool large() const { return large_; }
  // What the block takes, about.
  size_t bytes() const { return places_.size() + bytes_.size(); }
  // The block, or that of a large unit.
  std::string Finish();

 private:
  const size_t max_rows_;
  const size_t max_bytes_;
  bool large_ = false;
  uint32_t count_ = 0;
  std::string places_;
  std::string bytes_;  // ids and values, at offsets from its own start
};

}  // namespace kith::engine
