#pragma once

#include <string>
#include <string_view>

#include "schema/schema.h"

// How the parts of a schema are written. Printer and formatter share it, so
// that both agree on the layout.

namespace kith::schema {

// With the fewest parentheses that keep the tree, given that `+` binds more
// tightly than `&`, and `&` more tightly than `-`.
std::string ToText(const Expression& expression);
std::string ToText(const Relation& relation);      // `relation name: a | b`
std::string ToText(const Permission& permission);  // `permission name = ...`
std::string ToText(const Caveat& caveat);  // to the closing brace, all lines

// Appends the lines of a comment, each after `indent`; nothing when empty.
void AppendComment(std::string_view comment, std::string_view indent,
                   std::string* out);

}  // namespace kith::schema
