#include "caveat/eval/compare.h"

#include <algorithm>
#include <string>

namespace kith::caveat {
namespace {

double ToDouble(const CelValue& number) {
  if (number.is(Kind::kInt)) return static_cast<double>(number.AsInt());
  if (number.is(Kind::kUint)) return static_cast<double>(number.AsUint());
  return number.AsDouble();
}

std::partial_ordering CompareNumbers(const CelValue& a, const CelValue& b) {
  if (a.is(Kind::kDouble) || b.is(Kind::kDouble)) {
    return ToDouble(a) <=> ToDouble(b);
  }
  return CompareIntegers(a, b);
}

bool EqualLists(const CelList& a, const CelList& b, Budget& budget) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!Equal(a[i], b[i], budget)) return false;
  }
  return true;
}

bool EqualMaps(const CelMap& a, const CelMap& b, Budget& budget) {
  if (a.size() != b.size()) return false;
  for (const MapEntry& entry : a) {
    const CelValue* const other = FindPaid(b, entry.key, budget);
    if (other == nullptr || !Equal(entry.value, *other, budget)) return false;
  }
  return true;
}

bool EqualTexts(const std::string& a, const std::string& b, Budget& budget) {
  return a.size() == b.size() && budget.Scan(a.size()) && a == b;
}

}  // namespace

bool Equal(const CelValue& a, const CelValue& b, Budget& budget) {
  if (!budget.Steps(1)) return false;
  if (IsNumeric(a.kind()) && IsNumeric(b.kind())) {
    return CompareNumbers(a, b) == 0;
  }
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return a.AsBool() == b.AsBool();
    case Kind::kString:
      return EqualTexts(a.AsString(), b.AsString(), budget);
    case Kind::kBytes:
      return EqualTexts(a.AsBytes(), b.AsBytes(), budget);
    case Kind::kList:
      return EqualLists(a.AsList(), b.AsList(), budget);
    case Kind::kMap:
      return EqualMaps(a.AsMap(), b.AsMap(), budget);
    case Kind::kDuration:
      return a.AsNanos() == b.AsNanos();
    case Kind::kTimestamp:
      return a.AsTime() == b.AsTime();
    case Kind::kType:
      return a.AsType() == b.AsType();
    case Kind::kIp:
      return a.AsIp() == b.AsIp();
    case Kind::kCidr:
      return a.AsCidr() == b.AsCidr();
    default:
      return false;
  }
}

std::optional<std::partial_ordering> Compare(const CelValue& a,
                                             const CelValue& b) {
  if (IsNumeric(a.kind()) && IsNumeric(b.kind())) return CompareNumbers(a, b);
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case Kind::kBool:
      return a.AsBool() <=> b.AsBool();
    case Kind::kString:  // bytes of UTF-8 sort as code points do
      return a.AsString().compare(b.AsString()) <=> 0;
    case Kind::kBytes:
      return a.AsBytes().compare(b.AsBytes()) <=> 0;
    case Kind::kDuration:
      return a.AsNanos() <=> b.AsNanos();
    case Kind::kTimestamp:
      if (a.AsTime() == b.AsTime()) return std::partial_ordering::equivalent;
      return a.AsTime() < b.AsTime() ? std::partial_ordering::less
                                     : std::partial_ordering::greater;
    default:
      return std::nullopt;
  }
}

const CelValue* FindPaid(const CelMap& map, const CelValue& key,
                         Budget& budget) {
  if (key.is(Kind::kString) && !budget.Scan(key.AsString().size())) {
    return nullptr;
  }
  return FindKey(map, key);
}

bool Contains(const CelList& list, const CelValue& element, Budget& budget) {
  return std::any_of(list.begin(), list.end(), [&](const CelValue& other) {
    return Equal(other, element, budget);
  });
}

}  // namespace kith::caveat
