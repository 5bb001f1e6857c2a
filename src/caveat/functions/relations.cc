#include <compare>

#include "caveat/eval/compare.h"
#include "caveat/functions/results.h"

// == != < <= > >= and !.

namespace kith::caveat {
namespace {

using Call = const Invocation&;

CelValue IsEqual(Call call) {
  return CelValue::Bool(Equal(call[0], call[1], call.budget));
}
CelValue IsUnequal(Call call) {
  return CelValue::Bool(!Equal(call[0], call[1], call.budget));
}
CelValue Not(Call call) { return CelValue::Bool(!call[0].AsBool()); }

size_t TextBytes(const CelValue& value) {
  if (value.is(Kind::kString)) return value.AsString().size();
  return value.is(Kind::kBytes) ? value.AsBytes().size() : 0;
}

template <typename Test>
CelValue Ordered(Call call, Test test) {
  if (!call.budget.Scan(TextBytes(call[0]))) return OverBudget();
  const auto order = Compare(call[0], call[1]);
  if (!order) return CelValue::Error("no such overload: these have no order");
  return CelValue::Bool(test(*order));
}

CelValue IsLess(Call call) {
  return Ordered(call, [](std::partial_ordering o) { return o < 0; });
}
CelValue IsAtMost(Call call) {
  return Ordered(call, [](std::partial_ordering o) { return o <= 0; });
}
CelValue IsGreater(Call call) {
  return Ordered(call, [](std::partial_ordering o) { return o > 0; });
}
CelValue IsAtLeast(Call call) {
  return Ordered(call, [](std::partial_ordering o) { return o >= 0; });
}

// What has an order; numbers of different types compare too.
#define KITH_ORDER(symbol, run)                                           \
  {symbol, "int; int", "bool", run}, {symbol, "uint; uint", "bool", run}, \
      {symbol, "double; double", "bool", run},                            \
      {symbol, "bool; bool", "bool", run},                                \
      {symbol, "string; string", "bool", run},                            \
      {symbol, "bytes; bytes", "bool", run},                              \
      {symbol, "duration; duration", "bool", run},                        \
      {symbol, "timestamp; timestamp", "bool", run},                      \
      {symbol, "int; uint", "bool", run},                                 \
      {symbol, "int; double", "bool", run},                               \
      {symbol, "uint; int", "bool", run},                                 \
      {symbol, "uint; double", "bool", run},                              \
      {symbol, "double; int", "bool", run}, {                             \
    symbol, "double; uint", "bool", run                                   \
  }

constexpr OverloadRow kRows[] = {
    {"==", "A; A", "bool", IsEqual}, {"!=", "A; A", "bool", IsUnequal},
    {"!", "bool", "bool", Not},      KITH_ORDER("<", IsLess),
    KITH_ORDER("<=", IsAtMost),      KITH_ORDER(">", IsGreater),
    KITH_ORDER(">=", IsAtLeast),
};

#undef KITH_ORDER

}  // namespace

std::span<const OverloadRow> RelationFunctions() { return kRows; }

}  // namespace kith::caveat
