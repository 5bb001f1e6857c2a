#include "engine/row_block.h"

#include "engine/raw_bytes.h"
#include "storage/row_codec.h"

namespace kith::engine {
namespace {

using storage::Symbol;
using storage::TupleValue;

// What a row has beside its key; the context follows.
struct Packed {
  int64_t expiry_seconds = 0;
  uint32_t expiry_nanos = 0;
  uint32_t context_size = 0;
  Symbol caveat = storage::kNoSymbol;
  bool expires = false;
};

}  // namespace

RowBlock::RowBlock(std::string_view bytes)
    : bytes_(bytes), count_(LoadRaw<uint32_t>(bytes, 0)) {}

RowBlock::Place RowBlock::At(size_t i) const {
  return LoadRaw<Place>(bytes_, sizeof(count_) + i * sizeof(Place));
}

TupleValue RowBlock::ValueOf(const Place& place) const {
  TupleValue value;
  if (place.value == kNoValue) return value;
  const auto packed = LoadRaw<Packed>(bytes_, place.value);
  value.caveat = packed.caveat;
  value.caveat_context =
      bytes_.substr(place.value + sizeof(Packed), packed.context_size);
  if (packed.expires) {
    value.expires_at = storage::FromStored(
        {.seconds = packed.expiry_seconds, .nanos = packed.expiry_nanos});
  }
  return value;
}

RowBlock::Row RowBlock::operator[](size_t i) const {
  const Place place = At(i);
  return {IdOf(place), place.relation, ValueOf(place)};
}

std::optional<RowBlock::Row> RowBlock::Find(std::string_view id,
                                            Symbol relation) const {
  size_t begin = 0;
  size_t end = count_;
  while (begin < end) {
    const size_t middle = begin + (end - begin) / 2;
    const Place place = At(middle);
    const int order = IdOf(place).compare(id);
    if (order == 0 && place.relation == relation) return (*this)[middle];
    if (order < 0 || (order == 0 && place.relation < relation)) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return std::nullopt;
}

size_t RowBlock::IndexAfter(std::string_view id) const {
  size_t begin = 0;
  size_t end = count_;
  while (begin < end) {
    const size_t middle = begin + (end - begin) / 2;
    if (IdOf(At(middle)) <= id) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

void RowBlockBuilder::Add(std::string_view id, Symbol relation,
                          const TupleValue& value) {
  if (large_) return;
  const size_t bytes =
      places_.size() + bytes_.size() + id.size() + value.caveat_context.size();
  if (count_ == max_rows_ || bytes > max_bytes_) {
    large_ = true;
    return;
  }
  RowBlock::Place place{.id = static_cast<uint32_t>(bytes_.size()),
                        .id_size = static_cast<uint16_t>(id.size()),
                        .relation = relation};
  bytes_.append(id);
  if (value.expires_at || value.caveat != storage::kNoSymbol) {
    Packed packed{
        .context_size = static_cast<uint32_t>(value.caveat_context.size()),
        .caveat = value.caveat,
        .expires = value.expires_at.has_value()};
    if (value.expires_at) {
      const auto expiry = storage::ToStored(*value.expires_at);
      packed.expiry_seconds = expiry.seconds;
      packed.expiry_nanos = expiry.nanos;
    }
    place.value = static_cast<uint32_t>(bytes_.size());
    AppendRaw(packed, &bytes_);
    bytes_.append(value.caveat_context);
  }
  AppendRaw(place, &places_);
  ++count_;
}

std::string RowBlockBuilder::Finish() {
  std::string block;
  if (large_) {
    AppendRaw(RowBlock::kLarge, &block);
    return block;
  }
  const auto start = static_cast<uint32_t>(sizeof(uint32_t) + places_.size());
  block.reserve(start + bytes_.size());
  AppendRaw(count_, &block);
  for (size_t i = 0; i < count_; ++i) {
    auto place = LoadRaw<RowBlock::Place>(places_, i * sizeof(RowBlock::Place));
    place.id += start;
    if (place.value != RowBlock::kNoValue) place.value += start;
    AppendRaw(place, &block);
  }
  block += bytes_;
  return block;
}

}  // namespace kith::engine
