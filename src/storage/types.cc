#include "storage/types.h"

namespace kith::storage {
namespace {

// How much each field narrows a range when it is part of the contiguous
// prefix. Only their order matters: an id narrows more than all names.
constexpr int kTypeWeight = 1;
constexpr int kRelationWeight = 2;
constexpr int kIdPrefixWeight = 6;
constexpr int kIdWeight = 12;

int ForwardWeight(const TupleFilter& filter) {
  int weight = 0;
  if (!filter.resource_type) return weight;
  weight += kTypeWeight;
  if (!filter.resource_id) {
    return filter.resource_id_prefix.empty() ? weight
                                             : weight + kIdPrefixWeight;
  }
  weight += kIdWeight;
  if (!filter.relation) return weight;
  weight += kRelationWeight;
  if (!filter.subject_type) return weight;
  weight += kTypeWeight;
  if (!filter.subject_id) return weight;
  weight += kIdWeight;
  if (!filter.subject_relation) return weight;
  return weight + kRelationWeight;
}

int ReverseWeight(const TupleFilter& filter) {
  int weight = 0;
  if (!filter.subject_type) return weight;
  weight += kTypeWeight;
  if (!filter.subject_id) return weight;
  weight += kIdWeight;
  if (!filter.subject_relation) return weight;
  weight += kRelationWeight;
  if (!filter.resource_type) return weight;
  weight += kTypeWeight;
  if (!filter.relation) return weight;
  weight += kRelationWeight;
  if (filter.resource_id) return weight + kIdWeight;
  if (!filter.resource_id_prefix.empty()) return weight + kIdPrefixWeight;
  return weight;
}

template <typename Wanted, typename Value>
bool Fits(const std::optional<Wanted>& wanted, const Value& value) {
  return !wanted.has_value() || *wanted == value;
}

}  // namespace

bool TupleFilter::Matches(const TupleKey& key) const {
  return Fits(resource_type, key.resource_type) &&
         Fits(resource_id, key.resource_id) &&
         key.resource_id.starts_with(resource_id_prefix) &&
         Fits(relation, key.relation) && Fits(subject_type, key.subject_type) &&
         Fits(subject_id, key.subject_id) &&
         Fits(subject_relation, key.subject_relation);
}

ScanOrder BestOrder(const TupleFilter& filter) {
  return ReverseWeight(filter) > ForwardWeight(filter) ? ScanOrder::kReverse
                                                       : ScanOrder::kForward;
}

}  // namespace kith::storage
