#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "caveat/eval/value.h"
#include "caveat/types/type.h"
#include "kith/value.h"

namespace kith::caveat {

// The type of a caveat's parameter: any bool string int uint double bytes
// duration timestamp ipaddress list<T> map<T>. Immutable; copies share.
class ParameterType {
 public:
  // nullopt: not such a type.
  static std::optional<ParameterType> Parse(std::string_view text);

  // The type in expressions. A uint is an int there, one that is never
  // negative; the keys of maps are strings.
  Type ToType() const;
  std::string ToString() const;

  // The JSON value as a value of this type:
  //   int, uint, double   a number or a decimal string; ints are whole
  //   bytes               base64 in a string
  //   duration            `1h30m`
  //   timestamp           RFC 3339, years 1 to 9999
  //   ipaddress           an IPv4-mapped IPv6 address is the IPv4 address
  //   list, map           of values that convert
  //   any                 as it is; numbers are doubles
  // INVALID_ARGUMENT for all others, null among them unless the type is any.
  absl::StatusOr<CelValue> Convert(const Value& value) const;

 private:
  ParameterType(Kind kind, std::shared_ptr<const ParameterType> element)
      : kind_(kind), element_(std::move(element)) {}

  static std::optional<ParameterType> FromType(const Type& type);
  absl::StatusOr<CelValue> ConvertAt(const Value& value, int depth) const;
  absl::StatusOr<CelValue> ConvertList(const Value& value, int depth) const;
  absl::StatusOr<CelValue> ConvertMap(const Value& value, int depth) const;
  absl::StatusOr<CelValue> ConvertText(const std::string& text) const;

  Kind kind_;
  std::shared_ptr<const ParameterType> element_;  // of lists and maps only
};

}  // namespace kith::caveat
