#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "caveat/types/kind.h"

namespace kith::caveat {

// A static type of CEL. A plain value: lists have one parameter, maps two (key
// and value), all other kinds none.
struct Type {
  Kind kind = Kind::kDyn;
  int variable = 0;  // which one; of kVariable only
  std::vector<Type> parameters;

  static Type List(Type element);
  static Type Map(Type key, Type value);
  static Type Variable(int variable);

  // As declared: `list<int>`, `map<string, any>`.
  std::string ToString() const;
  friend bool operator==(const Type&, const Type&) = default;
};

// A type as written: `int`, `list<string>`, `map<K, V>`, `map<V>` (whose keys
// are strings); parentheses do as well as angle brackets, and a capital
// letter is a type variable. nullopt: no such type.
std::optional<Type> ParseType(std::string_view text);

// The type that an identifier names in an expression, such as `int` in
// `type(x) == int`; nullopt: none.
std::optional<Kind> FindTypeName(std::string_view name);

}  // namespace kith::caveat
