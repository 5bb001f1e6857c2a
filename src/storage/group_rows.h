#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/btree_map.h"
#include "absl/container/node_hash_map.h"
#include "base/hash.h"
#include "storage/types.h"

namespace kith::storage {

// The rows that a group of commits has asked for or changed, as the group has
// them now. Few groups scan, so the changed ones are put in order only when a
// scan asks, and kept so from then on. One thread.
class GroupRows {
 public:
  struct Row {
    bool present = false;
    bool changed = false;  // by the group
    std::string value;     // of one that is present
  };
  // The changed rows by their keys of one order, deleted ones included.
  using Ordered = absl::btree_map<std::string, const Row*>;

  // Null: nobody asked. Rows stay where they are.
  Row* Find(std::string_view forward_key) {
    const auto it = rows_.find(forward_key);
    return it == rows_.end() ? nullptr : &it->second;
  }
  // Of a key that is not there yet: what the database has, null for nothing.
  Row* AddStored(std::string_view forward_key, const std::string_view* value);
  // Of rows that are there.
  void Put(std::string_view forward_key, std::string_view value);
  void Delete(std::string_view forward_key);

  // How often rows were changed.
  uint64_t changes() const { return changes_; }
  // Valid until the next change.
  const Ordered& Changed(ScanOrder order);

 private:
  using Rows =
      absl::node_hash_map<std::string, Row, StringHash, std::equal_to<>>;

  Row& Change(std::string_view forward_key);
  void Order(const Rows::value_type& row, ScanOrder order);

  Rows rows_;
  uint64_t changes_ = 0;
  // Null: no scan has asked.
  std::array<std::unique_ptr<Ordered>, 2> ordered_;
};

}  // namespace kith::storage
