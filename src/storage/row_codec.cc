#include "storage/row_codec.h"

#include <limits>

#include "base/coding.h"

namespace kith::storage {
namespace {

// Bits of the flags byte. Persisted: never change or reuse one.
constexpr uint8_t kHasExpiry = 1;
constexpr uint8_t kHasCaveat = 2;
constexpr uint8_t kKnownFlags = kHasExpiry | kHasCaveat;

void AppendId(std::string_view id, std::string* out) {
  out->append(id);
  out->push_back('\0');
}

void AppendForwardKey(const TupleKey& key, std::string* out) {
  PutU16(out, key.resource_type);
  AppendId(key.resource_id, out);
  PutU16(out, key.relation);
  PutU16(out, key.subject_type);
  AppendId(key.subject_id, out);
  PutU16(out, key.subject_relation);
}

void AppendReverseKey(const TupleKey& key, std::string* out) {
  PutU16(out, key.subject_type);
  AppendId(key.subject_id, out);
  PutU16(out, key.subject_relation);
  PutU16(out, key.resource_type);
  PutU16(out, key.relation);
  AppendId(key.resource_id, out);
}

// Whether `time` is kept as `stored`, and not as other numbers.
bool IsCanonical(StoredInstant stored, absl::Time time) {
  const StoredInstant kept = ToStored(time);
  return stored.seconds == kept.seconds && stored.nanos == kept.nanos;
}

}  // namespace

void AppendKey(ScanOrder order, const TupleKey& key, std::string* out) {
  if (order == ScanOrder::kForward) {
    AppendForwardKey(key, out);
  } else {
    AppendReverseKey(key, out);
  }
}

bool DecodeKey(ScanOrder order, std::string_view bytes, TupleKey* key) {
  Decoder in(bytes);
  if (order == ScanOrder::kForward) {
    key->resource_type = in.U16();
    key->resource_id = in.Until('\0');
    key->relation = in.U16();
    key->subject_type = in.U16();
    key->subject_id = in.Until('\0');
    key->subject_relation = in.U16();
  } else {
    key->subject_type = in.U16();
    key->subject_id = in.Until('\0');
    key->subject_relation = in.U16();
    key->resource_type = in.U16();
    key->relation = in.U16();
    key->resource_id = in.Until('\0');
  }
  return in.done();
}

size_t ObjectSize(std::string_view bytes) {
  const size_t at = bytes.find('\0', sizeof(Symbol));
  return at == std::string_view::npos ? 0 : at + 1;
}

size_t UnitSize(ScanOrder order, std::string_view bytes) {
  const size_t object = ObjectSize(bytes);
  if (object == 0) return 0;
  const size_t names = order == ScanOrder::kForward ? 1 : 3;
  const size_t size = object + names * sizeof(Symbol);
  return bytes.size() < size ? 0 : size;
}

void AppendHistoryKey(ScanOrder order, std::string_view key, Revision ended,
                      std::string* out) {
  const size_t unit = UnitSize(order, key);
  out->append(key.substr(0, unit));
  PutU64(out, ended);
  out->append(key.substr(unit));
}

bool DecodeHistoryKey(ScanOrder order, std::string_view bytes,
                      HistoryKey* key) {
  const size_t unit = UnitSize(order, bytes);
  if (unit == 0) return false;
  Decoder in(bytes.substr(unit));
  key->unit = bytes.substr(0, unit);
  key->ended = in.U64();
  key->rest = in.rest();
  return in.ok();
}

void AppendRow(Revision created, const TupleValue& value, std::string* out) {
  const bool caveat =
      value.caveat != kNoSymbol || !value.caveat_context.empty();
  PutU64(out, created);
  out->push_back(
      static_cast<char>((value.expires_at.has_value() ? kHasExpiry : 0) |
                        (caveat ? kHasCaveat : 0)));
  if (value.expires_at.has_value()) {
    const StoredInstant expiry = ToStored(*value.expires_at);
    PutU64(out, static_cast<uint64_t>(expiry.seconds));
    PutU32(out, expiry.nanos);
  }
  if (caveat) {
    PutU16(out, value.caveat);
    out->append(value.caveat_context);
  }
}

bool DecodeRow(std::string_view bytes, TupleValue* value) {
  Decoder in(bytes);
  value->created = in.U64();
  const uint8_t flags = in.U8();
  if (!in.ok() || value->created == 0 || (flags & ~kKnownFlags) != 0) {
    return false;
  }
  value->expires_at.reset();
  if ((flags & kHasExpiry) != 0) {
    StoredInstant expiry;
    expiry.seconds = static_cast<int64_t>(in.U64());
    expiry.nanos = in.U32();
    value->expires_at = FromStored(expiry);
    if (!IsCanonical(expiry, *value->expires_at)) return false;
  }
  value->caveat = kNoSymbol;
  value->caveat_context = {};
  if ((flags & kHasCaveat) == 0) return in.done();
  value->caveat = in.U16();
  value->caveat_context = in.rest();
  return in.ok() &&
         (value->caveat != kNoSymbol || !value->caveat_context.empty());
}

StoredInstant ToStored(absl::Time time) {
  if (time == absl::InfiniteFuture()) {
    return {.seconds = std::numeric_limits<int64_t>::max(), .nanos = 0};
  }
  if (time == absl::InfinitePast()) {
    return {.seconds = std::numeric_limits<int64_t>::min(), .nanos = 0};
  }
  const int64_t seconds = absl::ToUnixSeconds(time);
  const absl::Duration rest = time - absl::FromUnixSeconds(seconds);
  return {.seconds = seconds,
          .nanos = static_cast<uint32_t>(absl::ToInt64Nanoseconds(rest))};
}

absl::Time FromStored(StoredInstant stored) {
  if (stored.seconds == std::numeric_limits<int64_t>::max()) {
    return absl::InfiniteFuture();
  }
  if (stored.seconds == std::numeric_limits<int64_t>::min()) {
    return absl::InfinitePast();
  }
  return absl::FromUnixSeconds(stored.seconds) +
         absl::Nanoseconds(stored.nanos);
}

}  // namespace kith::storage
