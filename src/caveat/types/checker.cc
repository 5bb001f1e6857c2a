#include "caveat/types/checker.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "caveat/functions/registry.h"
#include "caveat/syntax/source.h"
#include "caveat/types/unifier.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

class Checker {
 public:
  Checker(std::string_view text, std::span<const VariableDecl> variables)
      : text_(text), variables_(variables) {}

  absl::StatusOr<Type> TypeOf(const Expr& expr) {
    return std::visit([&](const auto& node) { return Visit(node, expr); },
                      expr.node);
  }
  Type Finish(const Type& type) const { return unifier_.Finish(type); }

 private:
  using Result = absl::StatusOr<Type>;

  Result Visit(const Literal& literal, const Expr&) {
    return Type{literal.value.kind()};
  }
  // The binder leaves none.
  Result Visit(const Identifier&, const Expr&) { return Type{}; }
  Result Visit(const Variable& variable, const Expr&) {
    return variables_[variable.slot].type;
  }
  Result Visit(const Local& local, const Expr&) { return locals_[local.index]; }
  Result Visit(const Select& select, const Expr& expr);
  Result Visit(const Call& call, const Expr& expr);
  Result Visit(const Logic& logic, const Expr& expr);
  Result Visit(const Conditional& conditional, const Expr& expr);
  Result Visit(const ListLiteral& list, const Expr& expr);
  Result Visit(const MapLiteral& map, const Expr& expr);
  Result Visit(const Macro& macro, const Expr& expr);

  // The result of the call when `overload` takes the arguments.
  std::optional<Type> Try(const Overload& overload,
                          const std::vector<Type>& args);
  absl::Status NoOverload(const Call& call, const std::vector<Type>& args,
                          const Expr& expr) const;
  absl::StatusOr<Type> ElementOf(const Type& range, const Expr& expr) const;
  absl::Status RequireBool(const Expr& expr);
  Type JoinOrDyn(const std::optional<Type>& sofar, const Type& next) {
    if (!sofar) return next;
    return unifier_.Join(*sofar, next).value_or(Type{});
  }
  absl::Status Error(const Expr& expr, std::string_view message) const {
    return TypeError(text_, expr.offset, message);
  }
  std::string Show(const Type& type) const {
    return unifier_.Finish(type).ToString();
  }

  std::string_view text_;
  std::span<const VariableDecl> variables_;
  Unifier unifier_;
  std::vector<Type> locals_;
};

Checker::Result Checker::Visit(const Select& select, const Expr& expr) {
  KITH_ASSIGN_OR_RETURN(const Type operand, TypeOf(*select.operand));
  const Type& head = unifier_.Head(operand);
  Type field;
  if (head.kind == Kind::kMap) {
    field = head.parameters[1];
    if (!unifier_.Assign(head.parameters[0], Type{Kind::kString})) {
      return Error(expr, fmt::format("the keys of {} are no field names",
                                     Show(operand)));
    }
  } else if (head.kind != Kind::kDyn && head.kind != Kind::kVariable) {
    return Error(expr, fmt::format("\"{}\" is selected from {}, which has no "
                                   "fields",
                                   select.field, Show(operand)));
  }
  return select.test_only ? Type{Kind::kBool} : field;
}

std::optional<Type> Checker::Try(const Overload& overload,
                                 const std::vector<Type>& args) {
  const int base = unifier_.Reserve(overload.variables);
  for (size_t i = 0; i < args.size(); ++i) {
    const Type wanted = Unifier::Instantiate(overload.args[i], base);
    if (!unifier_.Assign(wanted, args[i])) return std::nullopt;
  }
  return unifier_.Resolve(Unifier::Instantiate(overload.result, base));
}

Checker::Result Checker::Visit(const Call& call, const Expr& expr) {
  std::vector<Type> args;
  for (const ExprPtr& arg : call.args) {
    KITH_ASSIGN_OR_RETURN(Type type, TypeOf(*arg));
    args.push_back(std::move(type));
  }
  const Overload* only = nullptr;
  std::optional<Type> result;
  for (const Overload* const overload : call.overloads) {
    const size_t mark = unifier_.Mark();
    std::optional<Type> type = Try(*overload, args);
    unifier_.Rollback(mark);
    if (!type) continue;
    // Which of several runs is known only then, and so is its result.
    only = result ? nullptr : overload;
    result = result && !(*result == *type) ? Type{} : *std::move(type);
  }
  if (!result) return NoOverload(call, args, expr);
  if (only != nullptr) result = Try(*only, args);
  return *std::move(result);
}

absl::Status Checker::NoOverload(const Call& call,
                                 const std::vector<Type>& args,
                                 const Expr& expr) const {
  std::string types;
  for (const Type& arg : args) {
    types += (types.empty() ? "" : ", ") + Show(arg);
  }
  return Error(expr,
               fmt::format("\"{}\" does not take ({})", call.function, types));
}

absl::Status Checker::RequireBool(const Expr& expr) {
  KITH_ASSIGN_OR_RETURN(const Type type, TypeOf(expr));
  if (unifier_.Assign(Type{Kind::kBool}, type)) return absl::OkStatus();
  return Error(expr, fmt::format("expected bool, found {}", Show(type)));
}

Checker::Result Checker::Visit(const Logic& logic, const Expr&) {
  for (const ExprPtr& term : logic.terms) {
    KITH_RETURN_IF_ERROR(RequireBool(*term));
  }
  return Type{Kind::kBool};
}

Checker::Result Checker::Visit(const Conditional& conditional,
                               const Expr& expr) {
  KITH_RETURN_IF_ERROR(RequireBool(*conditional.condition));
  KITH_ASSIGN_OR_RETURN(const Type then, TypeOf(*conditional.then));
  KITH_ASSIGN_OR_RETURN(const Type otherwise, TypeOf(*conditional.otherwise));
  std::optional<Type> joined = unifier_.Join(then, otherwise);
  if (!joined) {
    return Error(expr, fmt::format("the branches of ?: are {} and {}",
                                   Show(then), Show(otherwise)));
  }
  return *std::move(joined);
}

Checker::Result Checker::Visit(const ListLiteral& list, const Expr&) {
  std::optional<Type> element;
  for (const ExprPtr& expr : list.elements) {
    KITH_ASSIGN_OR_RETURN(const Type type, TypeOf(*expr));
    element = JoinOrDyn(element, type);
  }
  return Type::List(element ? *std::move(element) : unifier_.Fresh());
}

Checker::Result Checker::Visit(const MapLiteral& map, const Expr&) {
  std::optional<Type> key;
  std::optional<Type> value;
  for (const auto& [key_expr, value_expr] : map.entries) {
    KITH_ASSIGN_OR_RETURN(Type type, TypeOf(*key_expr));
    switch (const Kind kind = unifier_.Head(type).kind) {
      case Kind::kBool:
      case Kind::kInt:
      case Kind::kUint:
      case Kind::kString:
        break;
      case Kind::kDyn:
      case Kind::kVariable:
        // No variable: types with one twice could grow exponentially.
        type = Type{};
        break;
      default:
        return Error(*key_expr, fmt::format("{} cannot be a key of a map",
                                            DeclaredName(kind)));
    }
    key = JoinOrDyn(key, type);
    KITH_ASSIGN_OR_RETURN(type, TypeOf(*value_expr));
    value = JoinOrDyn(value, type);
  }
  return Type::Map(key ? *std::move(key) : unifier_.Fresh(),
                   value ? *std::move(value) : unifier_.Fresh());
}

absl::StatusOr<Type> Checker::ElementOf(const Type& range,
                                        const Expr& expr) const {
  const Type& head = unifier_.Head(range);
  switch (head.kind) {
    case Kind::kList:
    case Kind::kMap:
      return head.parameters[0];
    case Kind::kDyn:
    case Kind::kVariable:
      return Type{};
    default:
      return Error(expr, fmt::format("a macro goes over a list or map, not {}",
                                     Show(range)));
  }
}

Checker::Result Checker::Visit(const Macro& macro, const Expr& expr) {
  KITH_ASSIGN_OR_RETURN(const Type range, TypeOf(*macro.range));
  KITH_ASSIGN_OR_RETURN(const Type element, ElementOf(range, expr));
  locals_.push_back(element);
  if (macro.predicate != nullptr) {
    KITH_RETURN_IF_ERROR(RequireBool(*macro.predicate));
  }
  Type result{Kind::kBool};
  if (macro.kind == MacroKind::kFilter) result = Type::List(element);
  if (macro.kind == MacroKind::kMap) {
    KITH_ASSIGN_OR_RETURN(Type mapped, TypeOf(*macro.transform));
    result = Type::List(std::move(mapped));
  }
  locals_.pop_back();
  return result;
}

}  // namespace

absl::StatusOr<Type> Check(std::string_view text,
                           std::span<const VariableDecl> variables,
                           const Expr& expr) {
  Checker checker(text, variables);
  KITH_ASSIGN_OR_RETURN(const Type type, checker.TypeOf(expr));
  return checker.Finish(type);
}

}  // namespace kith::caveat
