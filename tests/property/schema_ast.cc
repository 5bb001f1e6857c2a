#include "property/schema_ast.h"

#include <utility>

namespace kith::property {
namespace {

using Kind = Expr::Kind;

// Loosest first: `-` binds loosest, then `&`, then `+`.
int Tightness(Kind kind) {
  switch (kind) {
    case Kind::kExclusion:
      return 0;
    case Kind::kIntersection:
      return 1;
    case Kind::kUnion:
      return 2;
    default:
      return 3;
  }
}

std::string_view Operator(Kind kind) {
  return kind == Kind::kUnion          ? " + "
         : kind == Kind::kIntersection ? " & "
                                       : " - ";
}

std::string ExprText(const Expr& expr, bool few_parentheses);

std::string OperandText(const Expr& operand, const Expr& parent, size_t index,
                        bool few_parentheses) {
  const std::string text = ExprText(operand, few_parentheses);
  if (operand.operands.empty()) return text;
  // Operators are left-associative.
  const int needed = Tightness(parent.kind) + (index == 0 ? 0 : 1);
  if (few_parentheses && Tightness(operand.kind) >= needed) return text;
  return "(" + text + ")";
}

std::string ExprText(const Expr& expr, bool few_parentheses) {
  switch (expr.kind) {
    case Kind::kNil:
      return "nil";
    case Kind::kSelf:
      return "self";
    case Kind::kRef:
      return expr.name;
    case Kind::kArrowAny:
      return expr.name + "->" + expr.target;
    case Kind::kArrowAll:
      return expr.name + ".all(" + expr.target + ")";
    default:
      break;
  }
  std::string text;
  for (size_t i = 0; i < expr.operands.size(); ++i) {
    if (i > 0) text += Operator(expr.kind);
    text += OperandText(expr.operands[i], expr, i, few_parentheses);
  }
  return text;
}

std::string AllowedText(const AllowedType& allowed) {
  std::string text = allowed.type;
  if (allowed.wildcard) text += ":*";
  if (!allowed.relation.empty()) text += "#" + allowed.relation;
  if (!allowed.caveat.empty()) text += " with " + allowed.caveat;
  if (allowed.expiration) {
    text += allowed.caveat.empty() ? " with expiration" : " and expiration";
  }
  return text;
}

template <typename T>
const T* Find(const std::vector<T>& all, std::string_view name) {
  for (const T& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

Expr Operation(Kind kind, std::vector<Expr> operands) {
  Expr expr;
  expr.kind = kind;
  expr.operands = std::move(operands);
  return expr;
}

Expr Leaf(Kind kind, std::string_view name, std::string_view target) {
  Expr expr;
  expr.kind = kind;
  expr.name = name;
  expr.target = target;
  return expr;
}

}  // namespace

Expr Expr::Ref(std::string_view name) { return Leaf(Kind::kRef, name, ""); }
Expr Expr::Arrow(std::string_view name, std::string_view target) {
  return Leaf(Kind::kArrowAny, name, target);
}
Expr Expr::All(std::string_view name, std::string_view target) {
  return Leaf(Kind::kArrowAll, name, target);
}
Expr Expr::Union(std::vector<Expr> operands) {
  return Operation(Kind::kUnion, std::move(operands));
}
Expr Expr::Intersection(std::vector<Expr> operands) {
  return Operation(Kind::kIntersection, std::move(operands));
}
Expr Expr::Exclusion(Expr base, Expr subtracted) {
  return Operation(Kind::kExclusion, {std::move(base), std::move(subtracted)});
}

const RelationDef* TypeDef::FindRelation(std::string_view wanted) const {
  return Find(relations, wanted);
}
const PermissionDef* TypeDef::FindPermission(std::string_view wanted) const {
  return Find(permissions, wanted);
}
bool TypeDef::Has(std::string_view wanted) const {
  return FindRelation(wanted) != nullptr || FindPermission(wanted) != nullptr;
}
const TypeDef* SchemaAst::FindType(std::string_view wanted) const {
  return Find(types, wanted);
}
const CaveatDef* SchemaAst::FindCaveat(std::string_view wanted) const {
  return Find(caveats, wanted);
}

std::string SchemaText(const SchemaAst& schema) {
  std::string text = "use expiration\nuse self\n";
  for (const CaveatDef& caveat : schema.caveats) {
    text += "\n" + CaveatText(caveat);
  }
  for (const TypeDef& type : schema.types) {
    text += "\ndefinition " + type.name + " {\n";
    for (const RelationDef& relation : type.relations) {
      text += "\trelation " + relation.name + ": ";
      for (size_t i = 0; i < relation.allowed.size(); ++i) {
        text += (i > 0 ? " | " : "") + AllowedText(relation.allowed[i]);
      }
      text += "\n";
    }
    for (const PermissionDef& permission : type.permissions) {
      text += "\tpermission " + permission.name + " = " +
              ExprText(permission.expr, schema.few_parentheses) + "\n";
    }
    text += "}\n";
  }
  return text;
}

}  // namespace kith::property
