#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "caveat/types/ip_address.h"
#include "caveat/types/kind.h"

namespace kith::caveat {

class CelValue;
struct MapEntry;

using CelList = std::vector<CelValue>;
// Sorted by key (see FindKey), each key once. Keys are bool, int, uint or
// string, and int 1 and uint 1 are the same key.
using CelMap = std::vector<MapEntry>;
// Sorted slots of the variables whose absence made a value unknown.
using MissingSlots = std::vector<size_t>;

// A value of CEL, or what stands in for one: an unknown (some variables were
// not bound) or an error. Immutable; copies share strings, lists and maps.
// The accessor of another kind than kind() must not be called.
class CelValue {
 public:
  // Null.
  CelValue() = default;
  static CelValue Bool(bool value) { return CelValue(Rep(value)); }
  static CelValue Int(int64_t value) { return CelValue(Rep(value)); }
  static CelValue Uint(uint64_t value) { return CelValue(Rep(value)); }
  static CelValue Double(double value) { return CelValue(Rep(value)); }
  // UTF-8; whoever makes a string from bytes has checked them.
  static CelValue String(std::string value);
  static CelValue Bytes(std::string value);
  static CelValue List(CelList elements);
  // `entries` in any order. An error value when a key occurs twice or has a
  // kind that keys may not have.
  static CelValue Map(CelMap entries);
  // Nanoseconds, as the whole range of durations fits.
  static CelValue Duration(int64_t nanos) {
    return CelValue(Rep(DurationRep{nanos}));
  }
  // Within the years 1 to 9999.
  static CelValue Timestamp(absl::Time time) { return CelValue(Rep(time)); }
  static CelValue TypeOf(Kind kind) { return CelValue(Rep(kind)); }
  static CelValue Ip(const IpAddress& ip) { return CelValue(Rep(ip)); }
  static CelValue Network(const Cidr& cidr) { return CelValue(Rep(cidr)); }
  static CelValue Unknown(MissingSlots slots);
  static CelValue Error(std::string message);

  Kind kind() const { return static_cast<Kind>(rep_.index()); }
  bool is(Kind kind) const { return this->kind() == kind; }
  // Neither unknown nor error.
  bool is_value() const { return kind() < Kind::kUnknown; }
  bool IsTrue() const { return is(Kind::kBool) && AsBool(); }
  bool IsFalse() const { return is(Kind::kBool) && !AsBool(); }

  bool AsBool() const { return std::get<bool>(rep_); }
  int64_t AsInt() const { return std::get<int64_t>(rep_); }
  uint64_t AsUint() const { return std::get<uint64_t>(rep_); }
  double AsDouble() const { return std::get<double>(rep_); }
  const std::string& AsString() const {
    return *std::get<StringRep>(rep_).bytes;
  }
  const std::string& AsBytes() const { return *std::get<BytesRep>(rep_).bytes; }
  const CelList& AsList() const { return *std::get<ListRep>(rep_).elements; }
  const CelMap& AsMap() const { return *std::get<MapRep>(rep_).entries; }
  int64_t AsNanos() const { return std::get<DurationRep>(rep_).nanos; }
  absl::Time AsTime() const { return std::get<absl::Time>(rep_); }
  Kind AsType() const { return std::get<Kind>(rep_); }
  const IpAddress& AsIp() const { return std::get<IpAddress>(rep_); }
  const Cidr& AsCidr() const { return std::get<Cidr>(rep_); }
  const MissingSlots& AsUnknown() const {
    return *std::get<UnknownRep>(rep_).slots;
  }
  const std::string& AsError() const { return *std::get<ErrorRep>(rep_).text; }

 private:
  template <typename T>
  using Shared = std::shared_ptr<const T>;
  struct StringRep {
    Shared<std::string> bytes;
  };
  struct BytesRep {
    Shared<std::string> bytes;
  };
  struct ListRep {
    Shared<CelList> elements;
  };
  struct MapRep {
    Shared<CelMap> entries;
  };
  struct DurationRep {
    int64_t nanos;
  };
  struct UnknownRep {
    Shared<MissingSlots> slots;
  };
  struct ErrorRep {
    Shared<std::string> text;
  };
  // In the order of Kind.
  using Rep =
      std::variant<std::monostate, bool, int64_t, uint64_t, double, StringRep,
                   BytesRep, ListRep, MapRep, DurationRep, absl::Time, Kind,
                   IpAddress, Cidr, UnknownRep, ErrorRep>;
  static_assert(std::variant_size_v<Rep> ==
                static_cast<size_t>(Kind::kError) + 1);

  explicit CelValue(Rep rep) : rep_(std::move(rep)) {}

  Rep rep_;
};

struct MapEntry {
  CelValue key;
  CelValue value;
};

// The value under `key`, which may be any value (a double finds the integer
// it equals); nullptr: none.
const CelValue* FindKey(const CelMap& map, const CelValue& key);
const CelValue* FindKey(const CelMap& map, std::string_view key);

// The order of two integers of either signedness.
std::strong_ordering CompareIntegers(const CelValue& a, const CelValue& b);

// An unknown of the slots of both, which must be unknowns.
CelValue MergeUnknowns(const CelValue& a, const CelValue& b);

}  // namespace kith::caveat
