#include "schema/source_text.h"

#include "fmt/format.h"

namespace kith::schema {
namespace {

using Kind = Expression::Kind;

// How tightly an expression holds together; a leaf never needs parentheses.
int PowerOf(Kind kind) {
  switch (kind) {
    case Kind::kExclusion:
      return 1;
    case Kind::kIntersection:
      return 2;
    case Kind::kUnion:
      return 3;
    default:
      return 4;
  }
}

std::string_view SignOf(Kind kind) {
  if (kind == Kind::kUnion) return " + ";
  return kind == Kind::kIntersection ? " & " : " - ";
}

// As deep as the tree, which the parser bounds.
void Append(const Expression& e, std::string* out) {
  switch (e.kind) {
    case Kind::kNil:
      *out += "nil";
      return;
    case Kind::kSelf:
      *out += "self";
      return;
    case Kind::kName:
      *out += e.name;
      return;
    case Kind::kArrow:
      *out += e.name + "->" + e.target;
      return;
    case Kind::kArrowAll:
      *out += e.name + ".all(" + e.target + ")";
      return;
    case Kind::kUnion:
    case Kind::kIntersection:
    case Kind::kExclusion:
      break;
  }
  const int power = PowerOf(e.kind);
  for (size_t i = 0; i < e.operands.size(); ++i) {
    const Expression& operand = e.operands[i];
    // `a - b - c` is `(a - b) - c`: only the first operand of an exclusion may
    // be an exclusion without parentheses.
    const bool base = e.kind == Kind::kExclusion && i == 0;
    const bool wrap = PowerOf(operand.kind) < power + (base ? 0 : 1);
    if (i > 0) *out += SignOf(e.kind);
    if (wrap) *out += '(';
    Append(operand, out);
    if (wrap) *out += ')';
  }
}

}  // namespace

std::string ToText(const Expression& expression) {
  std::string out;
  Append(expression, &out);
  return out;
}

std::string ToText(const Relation& relation) {
  std::string out = "relation " + relation.name + ":";
  std::string_view separator = " ";
  for (const AllowedSubject& allowed : relation.allowed) {
    out += separator;
    out += allowed.ToString();
    separator = " | ";
  }
  return out;
}

std::string ToText(const Permission& permission) {
  std::string out = "permission " + permission.name;
  std::string_view separator = ": ";
  for (const std::string& type : permission.annotated_types) {
    out += separator;
    out += type;
    separator = " | ";
  }
  out += " = ";
  Append(permission.expression, &out);
  return out;
}

std::string ToText(const Caveat& caveat) {
  std::string out = "caveat " + caveat.name + "(";
  std::string_view separator;
  for (const CaveatParameter& parameter : caveat.parameters) {
    out += separator;
    out += parameter.name + " " + parameter.type;
    separator = ", ";
  }
  return out + ") {\n\t" + caveat.expression + "\n}";
}

void AppendComment(std::string_view comment, std::string_view indent,
                   std::string* out) {
  if (comment.empty()) return;
  while (true) {
    const size_t end = comment.find('\n');
    const std::string_view line = comment.substr(0, end);
    if (!line.empty()) *out += indent;
    *out += line;
    *out += '\n';
    if (end == std::string_view::npos) return;
    comment.remove_prefix(end + 1);
  }
}

}  // namespace kith::schema
