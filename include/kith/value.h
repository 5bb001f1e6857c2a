#pragma once

#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace kith {

struct Value;

// A JSON object: caveat context or transaction metadata. Keys are unique and
// kept in byte order, so two equal structs print alike.
using Struct = std::map<std::string, Value, std::less<>>;
using ValueList = std::vector<Value>;

// A JSON value, the shape of google.protobuf.Value without protobuf. Numbers
// are doubles, as on the wire. Plain data: copyable, comparable, not
// synchronised.
struct Value {
  std::variant<std::monostate, bool, double, std::string, ValueList, Struct>
      value;

  // Absence (JSON null) is std::monostate.
  bool is_null() const { return value.index() == 0; }
  friend bool operator==(const Value&, const Value&) = default;
};

}  // namespace kith
