#include <cmath>
#include <optional>

#include "caveat/eval/compare.h"
#include "caveat/functions/print.h"
#include "caveat/functions/results.h"
#include "fmt/format.h"

// Lists and maps: size, +, in, [] and isSubtreeOf.

namespace kith::caveat {
namespace {

using Call = const Invocation&;

CelValue SizeOfList(Call call) {
  return CelValue::Int(static_cast<int64_t>(call[0].AsList().size()));
}
CelValue SizeOfMap(Call call) {
  return CelValue::Int(static_cast<int64_t>(call[0].AsMap().size()));
}

CelValue Concatenate(Call call) {
  const CelList& a = call[0].AsList();
  const CelList& b = call[1].AsList();
  const size_t count = a.size() + b.size();
  if (!call.budget.Bytes(count * sizeof(CelValue)) ||
      !call.budget.Steps(count / 16)) {
    return OverBudget();
  }
  CelList both;
  both.reserve(count);
  both.insert(both.end(), a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  return CelValue::List(std::move(both));
}

CelValue InList(Call call) {
  return CelValue::Bool(Contains(call[1].AsList(), call[0], call.budget));
}

CelValue InMap(Call call) {
  return CelValue::Bool(FindPaid(call[1].AsMap(), call[0], call.budget) !=
                        nullptr);
}

CelValue AtKey(Call call) {
  const CelValue* const value = FindPaid(call[0].AsMap(), call[1], call.budget);
  if (value != nullptr) return *value;
  return CelValue::Error("no such key: " + ShortText(call[1]));
}

// The index that a number is exactly.
std::optional<uint64_t> IndexOf(const CelValue& value) {
  if (value.is(Kind::kInt)) {
    if (value.AsInt() < 0) return std::nullopt;
    return value.AsInt();
  }
  if (value.is(Kind::kUint)) return value.AsUint();
  const double number = value.AsDouble();
  if (number != std::trunc(number) || number < 0 || number >= 0x1p63) {
    return std::nullopt;
  }
  return static_cast<uint64_t>(number);
}

CelValue AtIndex(Call call) {
  const CelList& list = call[0].AsList();
  const std::optional<uint64_t> index = IndexOf(call[1]);
  if (!index || *index >= list.size()) {
    return CelValue::Error(fmt::format("index {} is out of range, size is {}",
                                       ShortText(call[1]), list.size()));
  }
  return list[*index];
}

// Each key of `a` is in `b` with an equal value; maps in maps alike.
bool IsSubtree(const CelMap& a, const CelMap& b, Budget& budget) {
  if (!budget.Steps(1 + a.size())) return false;
  for (const MapEntry& entry : a) {
    const CelValue* const other = FindPaid(b, entry.key, budget);
    if (other == nullptr) return false;
    const bool maps = entry.value.is(Kind::kMap) && other->is(Kind::kMap);
    const bool fits =
        maps ? IsSubtree(entry.value.AsMap(), other->AsMap(), budget)
             : Equal(entry.value, *other, budget);
    if (!fits) return false;
  }
  return true;
}

CelValue IsSubtreeOf(Call call) {
  return CelValue::Bool(
      IsSubtree(call[0].AsMap(), call[1].AsMap(), call.budget));
}

constexpr OverloadRow kRows[] = {
    {"size", "list<A>", "int", SizeOfList},
    {".size", "list<A>", "int", SizeOfList},
    {"size", "map<A, B>", "int", SizeOfMap},
    {".size", "map<A, B>", "int", SizeOfMap},
    {"+", "list<A>; list<A>", "list<A>", Concatenate},
    {"in", "A; list<A>", "bool", InList},
    {"in", "A; map<A, B>", "bool", InMap},
    {"[]", "list<A>; int", "A", AtIndex},
    {"[]", "list<A>; uint", "A", AtIndex},
    {"[]", "list<A>; double", "A", AtIndex},
    {"[]", "map<A, B>; A", "B", AtKey},
    {".isSubtreeOf", "map<A, B>; map<A, B>", "bool", IsSubtreeOf},
};

}  // namespace

std::span<const OverloadRow> CollectionFunctions() { return kRows; }

}  // namespace kith::caveat
