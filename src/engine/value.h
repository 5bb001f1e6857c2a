#pragma once

#include <algorithm>
#include <cstdint>

#include "kith/values.h"

// The value algebra in which every answer of the engine is computed: Kleene's
// three values, ordered. Union is the greater, intersection the lesser, and
// exclusion the lesser of base and complement. There is no other place that
// says what these operations mean.

namespace kith::engine {

enum class Value : uint8_t {
  kFalse = 0,
  kUnknown = 1,  // depends on context that was not given
  kTrue = 2,
};

inline Value Or(Value a, Value b) { return std::max(a, b); }
inline Value And(Value a, Value b) { return std::min(a, b); }
inline Value Not(Value a) {
  return static_cast<Value>(static_cast<uint8_t>(Value::kTrue) -
                            static_cast<uint8_t>(a));
}
inline Value Minus(Value base, Value subtracted) {
  return And(base, Not(subtracted));
}

inline Permissionship ToPermissionship(Value value) {
  switch (value) {
    case Value::kTrue:
      return Permissionship::kHasPermission;
    case Value::kUnknown:
      return Permissionship::kConditional;
    case Value::kFalse:
      break;
  }
  return Permissionship::kNoPermission;
}

}  // namespace kith::engine
