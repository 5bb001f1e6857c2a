#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "storage/row_cursor.h"
#include "storage/types.h"

namespace kith::storage {

// Rows that an import gathered in memory, without a string of their own for
// each. One thread at a time; once sorted, many may read.
class ImportBlock {
 public:
  // The first row gets place `first_place`, and each the next.
  explicit ImportBlock(uint64_t first_place) : first_place_(first_place) {}

  // `value` is an encoded row without its revision.
  void Add(const TupleKey& key, std::string_view value);
  bool empty() const { return rows_ == 0; }
  // What the rows take, when they are sorted too.
  size_t bytes() const { return arena_.size() + rows_ * kOrderBytes; }

  // Calls `visit` with the rows by their places until it fails.
  absl::Status Visit(
      absl::FunctionRef<absl::Status(uint64_t place, const TupleKey& key,
                                     std::string_view value)>
          visit) const;

  // After the last Add.
  void Sort();
  // Of a sorted block that is not empty; must not outlive it.
  std::unique_ptr<RowCursor> Cursor(ScanOrder order) const;
  std::string LastKey(ScanOrder order) const;

 private:
  friend class BlockCursor;
  // A row begins at an offset into the arena, and is followed by its ids and
  // its value.
  struct Header;
  struct View {
    uint64_t place;
    TupleKey key;
    std::string_view value;
  };
  using Offsets = std::vector<uint32_t>;
  static constexpr size_t kOrderBytes = 2 * sizeof(uint32_t);

  View At(uint32_t offset) const;
  uint32_t Next(uint32_t offset) const;
  Offsets Sorted(ScanOrder order) const;
  const Offsets& sorted(ScanOrder order) const {
    return order == ScanOrder::kForward ? forward_ : reverse_;
  }

  const uint64_t first_place_;
  uint32_t rows_ = 0;
  std::string arena_;
  Offsets forward_;
  Offsets reverse_;
};

}  // namespace kith::storage
