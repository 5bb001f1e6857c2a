#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/types.h"

// The bytes of relationship rows (README.md has the picture). Encoded keys sort
// as their ScanOrder says. Decoders trust nothing: they return false for bytes
// that no encoder wrote. Views they give point into the input.
//
// The *unit* of a key is its leading part that bloom filters, the sketch of
// ended rows and the history are kept by: through the relation in forward
// order, through the resource relation in reverse order.

namespace kith::storage {

// Ids end with a zero byte in keys, so they contain none.
inline bool IsStorableId(std::string_view id) {
  return id.find('\0') == std::string_view::npos;
}
inline bool IsStorable(const TupleKey& key) {
  return IsStorableId(key.resource_id) && IsStorableId(key.subject_id);
}

void AppendKey(ScanOrder order, const TupleKey& key, std::string* out);
bool DecodeKey(ScanOrder order, std::string_view bytes, TupleKey* key);

// The size of the unit at the start of `bytes`, which may be a latest or a
// history key or the beginning of one; 0 when they do not hold a whole unit.
size_t UnitSize(ScanOrder order, std::string_view bytes);
// The size of the part through the first id; 0 when not all of it is there.
size_t ObjectSize(std::string_view bytes);

// A history key: the unit, when the version ended, the rest of the latest key.
struct HistoryKey {
  std::string_view unit;
  Revision ended = 0;
  std::string_view rest;
};

// `key` is an encoded latest key.
void AppendHistoryKey(ScanOrder order, std::string_view key, Revision ended,
                      std::string* out);
bool DecodeHistoryKey(ScanOrder order, std::string_view bytes, HistoryKey* key);

// The value of a row of the latest and of the history families. Ignores
// value.created in favour of `created`.
void AppendRow(Revision created, const TupleValue& value, std::string* out);
bool DecodeRow(std::string_view bytes, TupleValue* value);

// An expiry as it is kept: seconds and nanoseconds since 1970, floored.
struct StoredInstant {
  int64_t seconds = 0;
  uint32_t nanos = 0;
};
StoredInstant ToStored(absl::Time time);
absl::Time FromStored(StoredInstant stored);

}  // namespace kith::storage
