#include <cmath>
#include <limits>

#include "caveat/functions/results.h"

// + - * / % and negation. Integers do not wrap: what does not fit is an error.

namespace kith::caveat {
namespace {

using Call = const Invocation&;

CelValue Overflow() { return CelValue::Error("integer overflow"); }

CelValue AddInts(Call call) {
  int64_t sum;
  if (__builtin_add_overflow(call[0].AsInt(), call[1].AsInt(), &sum)) {
    return Overflow();
  }
  return CelValue::Int(sum);
}

CelValue SubtractInts(Call call) {
  int64_t difference;
  if (__builtin_sub_overflow(call[0].AsInt(), call[1].AsInt(), &difference)) {
    return Overflow();
  }
  return CelValue::Int(difference);
}

CelValue MultiplyInts(Call call) {
  int64_t product;
  if (__builtin_mul_overflow(call[0].AsInt(), call[1].AsInt(), &product)) {
    return Overflow();
  }
  return CelValue::Int(product);
}

CelValue DivideInts(Call call) {
  const int64_t a = call[0].AsInt();
  const int64_t b = call[1].AsInt();
  if (b == 0) return CelValue::Error("division by zero");
  if (a == std::numeric_limits<int64_t>::min() && b == -1) return Overflow();
  return CelValue::Int(a / b);
}

CelValue ModuloInts(Call call) {
  const int64_t a = call[0].AsInt();
  const int64_t b = call[1].AsInt();
  if (b == 0) return CelValue::Error("modulus by zero");
  if (b == -1) return CelValue::Int(0);  // the minimum's would overflow
  return CelValue::Int(a % b);
}

CelValue NegateInt(Call call) {
  int64_t negated;
  if (__builtin_sub_overflow(int64_t{0}, call[0].AsInt(), &negated)) {
    return Overflow();
  }
  return CelValue::Int(negated);
}

CelValue AddUints(Call call) {
  uint64_t sum;
  if (__builtin_add_overflow(call[0].AsUint(), call[1].AsUint(), &sum)) {
    return Overflow();
  }
  return CelValue::Uint(sum);
}

CelValue SubtractUints(Call call) {
  uint64_t difference;
  if (__builtin_sub_overflow(call[0].AsUint(), call[1].AsUint(), &difference)) {
    return Overflow();
  }
  return CelValue::Uint(difference);
}

CelValue MultiplyUints(Call call) {
  uint64_t product;
  if (__builtin_mul_overflow(call[0].AsUint(), call[1].AsUint(), &product)) {
    return Overflow();
  }
  return CelValue::Uint(product);
}

CelValue DivideUints(Call call) {
  if (call[1].AsUint() == 0) return CelValue::Error("division by zero");
  return CelValue::Uint(call[0].AsUint() / call[1].AsUint());
}

CelValue ModuloUints(Call call) {
  if (call[1].AsUint() == 0) return CelValue::Error("modulus by zero");
  return CelValue::Uint(call[0].AsUint() % call[1].AsUint());
}

CelValue AddDoubles(Call call) {
  return CelValue::Double(call[0].AsDouble() + call[1].AsDouble());
}
CelValue SubtractDoubles(Call call) {
  return CelValue::Double(call[0].AsDouble() - call[1].AsDouble());
}
CelValue MultiplyDoubles(Call call) {
  return CelValue::Double(call[0].AsDouble() * call[1].AsDouble());
}
CelValue DivideDoubles(Call call) {
  return CelValue::Double(call[0].AsDouble() / call[1].AsDouble());
}
CelValue NegateDouble(Call call) {
  return CelValue::Double(-call[0].AsDouble());
}

constexpr OverloadRow kRows[] = {
    {"+", "int; int", "int", AddInts},
    {"+", "uint; uint", "uint", AddUints},
    {"+", "double; double", "double", AddDoubles},
    {"-", "int; int", "int", SubtractInts},
    {"-", "uint; uint", "uint", SubtractUints},
    {"-", "double; double", "double", SubtractDoubles},
    {"*", "int; int", "int", MultiplyInts},
    {"*", "uint; uint", "uint", MultiplyUints},
    {"*", "double; double", "double", MultiplyDoubles},
    {"/", "int; int", "int", DivideInts},
    {"/", "uint; uint", "uint", DivideUints},
    {"/", "double; double", "double", DivideDoubles},
    {"%", "int; int", "int", ModuloInts},
    {"%", "uint; uint", "uint", ModuloUints},
    {"-x", "int", "int", NegateInt},
    {"-x", "double", "double", NegateDouble},
};

}  // namespace

std::span<const OverloadRow> ArithmeticFunctions() { return kRows; }

}  // namespace kith::caveat
