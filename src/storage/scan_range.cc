#include "storage/scan_range.h"

#include "base/coding.h"
#include "storage/row_codec.h"

namespace kith::storage {
namespace {

// The least string above all that begin with `prefix`; empty: there is none.
std::string End(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

bool CanMatch(const TupleFilter& filter) {
  return IsStorableId(filter.resource_id.value_or("")) &&
         IsStorableId(filter.resource_id_prefix) &&
         IsStorableId(filter.subject_id.value_or(""));
}

bool AppendSymbol(std::optional<Symbol> symbol, std::string* out) {
  if (!symbol.has_value()) return false;
  PutU16(out, *symbol);
  return true;
}

bool AppendId(std::optional<std::string_view> id, std::string* out) {
  if (!id.has_value()) return false;
  out->append(*id);
  out->push_back('\0');
  return true;
}

int FieldCount(const TupleFilter& filter) {
  return int{filter.resource_type.has_value()} +
         int{filter.resource_id.has_value()} +
         int{!filter.resource_id_prefix.empty()} +
         int{filter.relation.has_value()} +
         int{filter.subject_type.has_value()} +
         int{filter.subject_id.has_value()} +
         int{filter.subject_relation.has_value()};
}

}  // namespace

ScanRange::ScanRange(const TupleFilter& filter, ScanOrder order,
                     const TupleKey* after)
    : order_(order), filter_(filter), empty_(!CanMatch(filter)) {
  if (order == ScanOrder::kForward) {
    AppendForwardPrefix();
  } else {
    AppendReversePrefix();
  }
  if (residual_) {
    owned_ = {.resource_id = std::string(filter.resource_id.value_or("")),
              .resource_id_prefix = std::string(filter.resource_id_prefix),
              .subject_id = std::string(filter.subject_id.value_or(""))};
    if (filter_.resource_id) filter_.resource_id = owned_.resource_id;
    filter_.resource_id_prefix = owned_.resource_id_prefix;
    if (filter_.subject_id) filter_.subject_id = owned_.subject_id;
  }
  start_ = prefix_;
  if (after != nullptr) {
    std::string resume;
    AppendKey(order, *after, &resume);
    resume.push_back('\0');  // the least string beyond that key
    if (resume > start_) start_ = std::move(resume);
    if (!Contains(start_)) empty_ = true;
  }
  const size_t unit = UnitSize(order, prefix_);
  whole_unit_ = unit != 0;
  latest_end_ = End(prefix_);
  history_end_ = whole_unit_ ? End(prefix().substr(0, unit)) : latest_end_;
  latest_end_slice_ = latest_end_;
  history_end_slice_ = history_end_;
}

void ScanRange::AppendForwardPrefix() {
  int used = 0;
  const auto field = [&](bool appended) { return appended && ++used != 0; };
  if (field(AppendSymbol(filter_.resource_type, &prefix_))) {
    if (!filter_.resource_id && !filter_.resource_id_prefix.empty()) {
      prefix_.append(filter_.resource_id_prefix);
      ++used;
    } else if (field(AppendId(filter_.resource_id, &prefix_)) &&
               field(AppendSymbol(filter_.relation, &prefix_)) &&
               field(AppendSymbol(filter_.subject_type, &prefix_)) &&
               field(AppendId(filter_.subject_id, &prefix_))) {
      field(AppendSymbol(filter_.subject_relation, &prefix_));
    }
  }
  residual_ = used != FieldCount(filter_);
}

void ScanRange::AppendReversePrefix() {
  int used = 0;
  const auto field = [&](bool appended) { return appended && ++used != 0; };
  if (field(AppendSymbol(filter_.subject_type, &prefix_)) &&
      field(AppendId(filter_.subject_id, &prefix_)) &&
      field(AppendSymbol(filter_.subject_relation, &prefix_)) &&
      field(AppendSymbol(filter_.resource_type, &prefix_)) &&
      field(AppendSymbol(filter_.relation, &prefix_)) &&
      !field(AppendId(filter_.resource_id, &prefix_)) &&
      !filter_.resource_id_prefix.empty()) {
    prefix_.append(filter_.resource_id_prefix);
    ++used;
  }
  residual_ = used != FieldCount(filter_);
}

rocksdb::ReadOptions ScanRange::OptionsBelow(const rocksdb::Slice* end) const {
  rocksdb::ReadOptions options;
  // The bound keeps a scan from wading through tombstones behind its range.
  if (!end->empty()) options.iterate_upper_bound = end;
  options.prefix_same_as_start = whole_unit_;
  options.total_order_seek = !whole_unit_;
  return options;
}

rocksdb::ReadOptions ScanRange::LatestOptions() const {
  return OptionsBelow(&latest_end_slice_);
}

rocksdb::ReadOptions ScanRange::HistoryOptions() const {
  return OptionsBelow(&history_end_slice_);
}

}  // namespace kith::storage
