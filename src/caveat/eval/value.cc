#include "caveat/eval/value.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "fmt/format.h"

namespace kith::caveat {
namespace {

// Booleans, then integers, then strings; other kinds are no keys.
int KeyRank(const CelValue& key) {
  switch (key.kind()) {
    case Kind::kBool:
      return 0;
    case Kind::kInt:
    case Kind::kUint:
      return 1;
    case Kind::kString:
      return 2;
    default:
      return -1;
  }
}

std::strong_ordering CompareKeys(const CelValue& a, const CelValue& b) {
  const int rank = KeyRank(a);
  if (rank != KeyRank(b)) return rank <=> KeyRank(b);
  if (rank == 0) return a.AsBool() <=> b.AsBool();
  if (rank == 1) return CompareIntegers(a, b);
  return a.AsString().compare(b.AsString()) <=> 0;
}

// The integer that a double is exactly; nullopt: none.
std::optional<CelValue> ExactInteger(double value) {
  if (value != std::trunc(value)) return std::nullopt;
  if (value >= -0x1p63 && value < 0x1p63) {
    return CelValue::Int(static_cast<int64_t>(value));
  }
  if (value >= 0 && value < 0x1p64) {
    return CelValue::Uint(static_cast<uint64_t>(value));
  }
  return std::nullopt;
}

}  // namespace

CelValue CelValue::String(std::string value) {
  return CelValue(
      Rep(StringRep{std::make_shared<const std::string>(std::move(value))}));
}

CelValue CelValue::Bytes(std::string value) {
  return CelValue(
      Rep(BytesRep{std::make_shared<const std::string>(std::move(value))}));
}

CelValue CelValue::List(CelList elements) {
  return CelValue(
      Rep(ListRep{std::make_shared<const CelList>(std::move(elements))}));
}

CelValue CelValue::Map(CelMap entries) {
  for (const MapEntry& entry : entries) {
    if (KeyRank(entry.key) < 0) {
      return Error(fmt::format("unsupported key type: {}",
                               DeclaredName(entry.key.kind())));
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const MapEntry& a, const MapEntry& b) {
              return CompareKeys(a.key, b.key) < 0;
            });
  const auto repeated = std::adjacent_find(
      entries.begin(), entries.end(), [](const MapEntry& a, const MapEntry& b) {
        return CompareKeys(a.key, b.key) == 0;
      });
  if (repeated != entries.end()) return Error("repeated key in a map");
  return CelValue(
      Rep(MapRep{std::make_shared<const CelMap>(std::move(entries))}));
}

CelValue CelValue::Unknown(MissingSlots slots) {
  return CelValue(
      Rep(UnknownRep{std::make_shared<const MissingSlots>(std::move(slots))}));
}

CelValue CelValue::Error(std::string message) {
  return CelValue(
      Rep(ErrorRep{std::make_shared<const std::string>(std::move(message))}));
}

const CelValue* FindKey(const CelMap& map, const CelValue& key) {
  if (key.is(Kind::kDouble)) {
    const std::optional<CelValue> integer = ExactInteger(key.AsDouble());
    return integer ? FindKey(map, *integer) : nullptr;
  }
  if (KeyRank(key) < 0) return nullptr;
  const auto at = std::lower_bound(map.begin(), map.end(), key,
                                   [](const MapEntry& e, const CelValue& k) {
                                     return CompareKeys(e.key, k) < 0;
                                   });
  if (at == map.end() || CompareKeys(at->key, key) != 0) return nullptr;
  return &at->value;
}

const CelValue* FindKey(const CelMap& map, std::string_view key) {
  const auto at = std::lower_bound(
      map.begin(), map.end(), key, [](const MapEntry& e, std::string_view k) {
        return !e.key.is(Kind::kString) || e.key.AsString() < k;
      });
  if (at == map.end() || at->key.AsString() != key) return nullptr;
  return &at->value;
}

std::strong_ordering CompareIntegers(const CelValue& a, const CelValue& b) {
  if (a.is(Kind::kInt) && b.is(Kind::kInt)) return a.AsInt() <=> b.AsInt();
  if (a.is(Kind::kUint) && b.is(Kind::kUint)) return a.AsUint() <=> b.AsUint();
  if (a.is(Kind::kUint)) return 0 <=> CompareIntegers(b, a);
  if (a.AsInt() < 0) return std::strong_ordering::less;
  return static_cast<uint64_t>(a.AsInt()) <=> b.AsUint();
}

CelValue MergeUnknowns(const CelValue& a, const CelValue& b) {
  MissingSlots merged;
  std::set_union(a.AsUnknown().begin(), a.AsUnknown().end(),
                 b.AsUnknown().begin(), b.AsUnknown().end(),
                 std::back_inserter(merged));
  return CelValue::Unknown(std::move(merged));
}

}  // namespace kith::caveat
