#pragma once

#include <cstdint>
#include <string_view>

namespace kith::caveat {

// The kinds of values and of types. The order of the kinds up to kError is
// that of CelValue's representation.
enum class Kind : uint8_t {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kList,
  kMap,
  kDuration,
  kTimestamp,
  kType,
  kIp,
  kCidr,
  // Values only: what an evaluation gives instead of a value.
  kUnknown,
  kError,
  // Types only: any value, and a variable of a function's signature.
  kDyn,
  kVariable,
};

// The name that type() shows, e.g. "google.protobuf.Duration" or "net.IP".
std::string_view TypeName(Kind kind);
// The name in declarations and messages, e.g. "duration" or "ipaddress".
std::string_view DeclaredName(Kind kind);

inline bool IsNumeric(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kDouble;
}

}  // namespace kith::caveat
