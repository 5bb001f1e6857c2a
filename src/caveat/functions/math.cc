#include <cmath>
#include <limits>

#include "caveat/eval/compare.h"
#include "caveat/functions/results.h"
#include "fmt/format.h"

// The math extension.

namespace kith::caveat {
namespace {

using Call = const Invocation&;

// The first of those that no other is better than.
template <typename IsBetter>
CelValue Best(std::span<const CelValue> numbers, Call call, IsBetter better) {
  if (numbers.empty()) return CelValue::Error("the list is empty");
  const CelValue* best = &numbers[0];
  for (const CelValue& number : numbers) {
    if (!IsNumeric(number.kind())) {
      return CelValue::Error(fmt::format("no such overload: {} is no number",
                                         DeclaredName(number.kind())));
    }
    if (!call.budget.Steps(1)) return OverBudget();
    if (better(*Compare(number, *best))) best = &number;
  }
  return *best;
}

std::span<const CelValue> NumbersOf(Call call) {
  if (call[0].is(Kind::kList)) return call[0].AsList();
  return call.args;
}

CelValue Greatest(Call call) {
  return Best(NumbersOf(call), call,
              [](std::partial_ordering o) { return o > 0; });
}
CelValue Least(Call call) {
  return Best(NumbersOf(call), call,
              [](std::partial_ordering o) { return o < 0; });
}

template <double (*function)(double)>
CelValue OfDouble(Call call) {
  return CelValue::Double(function(call[0].AsDouble()));
}
double Ceil(double x) { return std::ceil(x); }
double Floor(double x) { return std::floor(x); }
double Round(double x) { return std::round(x); }
double Trunc(double x) { return std::trunc(x); }
double Abs(double x) { return std::abs(x); }
double Sqrt(double x) { return std::sqrt(x); }
double Sign(double x) {
  if (std::isnan(x)) return x;
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

CelValue AbsOfInt(Call call) {
  const int64_t value = call[0].AsInt();
  if (value == std::numeric_limits<int64_t>::min()) {
    return CelValue::Error("integer overflow");
  }
  return CelValue::Int(value < 0 ? -value : value);
}
CelValue Itself(Call call) { return call[0]; }
CelValue SignOfInt(Call call) {
  const int64_t value = call[0].AsInt();
  return CelValue::Int(value > 0 ? 1 : value < 0 ? -1 : 0);
}
CelValue SignOfUint(Call call) {
  return CelValue::Uint(call[0].AsUint() > 0 ? 1 : 0);
}

CelValue IsNaN(Call call) {
  return CelValue::Bool(std::isnan(call[0].AsDouble()));
}
CelValue IsInf(Call call) {
  return CelValue::Bool(std::isinf(call[0].AsDouble()));
}
CelValue IsFinite(Call call) {
  return CelValue::Bool(std::isfinite(call[0].AsDouble()));
}

uint64_t BitsOf(const CelValue& integer) {
  return integer.is(Kind::kInt) ? static_cast<uint64_t>(integer.AsInt())
                                : integer.AsUint();
}

// The bits as an integer of the kind of the first argument.
CelValue FromBits(Call call, uint64_t bits) {
  return call[0].is(Kind::kInt) ? CelValue::Int(static_cast<int64_t>(bits))
                                : CelValue::Uint(bits);
}

CelValue BitAnd(Call call) {
  return FromBits(call, BitsOf(call[0]) & BitsOf(call[1]));
}
CelValue BitOr(Call call) {
  return FromBits(call, BitsOf(call[0]) | BitsOf(call[1]));
}
CelValue BitXor(Call call) {
  return FromBits(call, BitsOf(call[0]) ^ BitsOf(call[1]));
}
CelValue BitNot(Call call) { return FromBits(call, ~BitsOf(call[0])); }

// Shifts of 64 and more leave nothing. Those to the right bring zeros in, also
// for negative numbers.
CelValue ShiftLeft(Call call) {
  const int64_t by = call[1].AsInt();
  if (by < 0) return CelValue::Error("negative shift");
  return FromBits(call, by > 63 ? 0 : BitsOf(call[0]) << by);
}
CelValue ShiftRight(Call call) {
  const int64_t by = call[1].AsInt();
  if (by < 0) return CelValue::Error("negative shift");
  return FromBits(call, by > 63 ? 0 : BitsOf(call[0]) >> by);
}

#define KITH_EXTREME(name, run)                                              \
  {name, "int", "int", run}, {name, "uint", "uint", run},                    \
      {name, "double", "double", run}, {name, "int; int", "int", run},       \
      {name, "uint; uint", "uint", run},                                     \
      {name, "double; double", "double", run},                               \
      {name, "int; uint", "dyn", run}, {name, "int; double", "dyn", run},    \
      {name, "uint; int", "dyn", run}, {name, "uint; double", "dyn", run},   \
      {name, "double; int", "dyn", run}, {name, "double; uint", "dyn", run}, \
      {name, "list<int>", "int", run}, {name, "list<uint>", "uint", run}, {  \
    name, "list<double>", "double", run                                      \
  }

constexpr OverloadRow kRows[] = {
    KITH_EXTREME("math.greatest", Greatest),
    KITH_EXTREME("math.least", Least),
    {"math.ceil", "double", "double", OfDouble<Ceil>},
    {"math.floor", "double", "double", OfDouble<Floor>},
    {"math.round", "double", "double", OfDouble<Round>},
    {"math.trunc", "double", "double", OfDouble<Trunc>},
    {"math.sqrt", "double", "double", OfDouble<Sqrt>},
    {"math.abs", "double", "double", OfDouble<Abs>},
    {"math.abs", "int", "int", AbsOfInt},
    {"math.abs", "uint", "uint", Itself},
    {"math.sign", "double", "double", OfDouble<Sign>},
    {"math.sign", "int", "int", SignOfInt},
    {"math.sign", "uint", "uint", SignOfUint},
    {"math.isNaN", "double", "bool", IsNaN},
    {"math.isInf", "double", "bool", IsInf},
    {"math.isFinite", "double", "bool", IsFinite},
    {"math.bitAnd", "int; int", "int", BitAnd},
    {"math.bitAnd", "uint; uint", "uint", BitAnd},
    {"math.bitOr", "int; int", "int", BitOr},
    {"math.bitOr", "uint; uint", "uint", BitOr},
    {"math.bitXor", "int; int", "int", BitXor},
    {"math.bitXor", "uint; uint", "uint", BitXor},
    {"math.bitNot", "int", "int", BitNot},
    {"math.bitNot", "uint", "uint", BitNot},
    {"math.bitShiftLeft", "int; int", "int", ShiftLeft},
    {"math.bitShiftLeft", "uint; int", "uint", ShiftLeft},
    {"math.bitShiftRight", "int; int", "int", ShiftRight},
    {"math.bitShiftRight", "uint; int", "uint", ShiftRight},
};

#undef KITH_EXTREME

}  // namespace

std::span<const OverloadRow> MathFunctions() { return kRows; }

}  // namespace kith::caveat
