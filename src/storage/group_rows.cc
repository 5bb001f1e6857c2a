#include "storage/group_rows.h"

#include <cassert>
#include <utility>

#include "storage/row_codec.h"

namespace kith::storage {

GroupRows::Row* GroupRows::AddStored(std::string_view forward_key,
                                     const std::string_view* value) {
  const auto [it, is_new] = rows_.try_emplace(std::string(forward_key));
  assert(is_new);
  Row& row = it->second;
  row.present = value != nullptr;
  if (value != nullptr) row.value = *value;
  return &row;
}

GroupRows::Row& GroupRows::Change(std::string_view forward_key) {
  const auto it = rows_.find(forward_key);
  assert(it != rows_.end());
  Row& row = it->second;
  ++changes_;
  if (row.changed) return row;
  row.changed = true;
  for (const ScanOrder order : {ScanOrder::kForward, ScanOrder::kReverse}) {
    if (ordered_[static_cast<size_t>(order)] != nullptr) Order(*it, order);
  }
  return row;
}

void GroupRows::Put(std::string_view forward_key, std::string_view value) {
  Row& row = Change(forward_key);
  row.present = true;
  row.value = value;
}

void GroupRows::Delete(std::string_view forward_key) {
  Change(forward_key).present = false;
}

void GroupRows::Order(const Rows::value_type& row, ScanOrder order) {
  std::string key;
  TupleKey decoded;
  if (order == ScanOrder::kForward) {
    key = row.first;
  } else if (DecodeKey(ScanOrder::kForward, row.first, &decoded)) {
    AppendKey(order, decoded, &key);
  }
  assert(!key.empty());
  ordered_[static_cast<size_t>(order)]->emplace(std::move(key), &row.second);
}

const GroupRows::Ordered& GroupRows::Changed(ScanOrder order) {
  auto& ordered = ordered_[static_cast<size_t>(order)];
  if (ordered != nullptr) return *ordered;
  ordered = std::make_unique<Ordered>();
  for (const Rows::value_type& row : rows_) {
    if (row.second.changed) Order(row, order);
  }
  return *ordered;
}

}  // namespace kith::storage
