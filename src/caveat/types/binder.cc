#include "caveat/types/binder.h"

#include <algorithm>
#include <optional>

#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "caveat/functions/registry.h"
#include "caveat/syntax/source.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

class Binder {
 public:
  Binder(std::string_view text, bool strict,
         std::vector<VariableDecl>* variables)
      : text_(text), strict_(strict), variables_(*variables) {}

  absl::Status Bind(ExprPtr& expr) {
    return std::visit([&](auto& node) { return BindNode(node, *expr); },
                      expr->node);
  }

 private:
  absl::Status BindNode(Identifier& name, Expr& expr);
  absl::Status BindNode(Select& select, Expr& expr);
  absl::Status BindNode(Call& call, Expr& expr);
  absl::Status BindNode(Macro& macro, Expr& expr);
  absl::Status BindNode(Logic& logic, Expr&) { return BindAll(logic.terms); }
  absl::Status BindNode(ListLiteral& list, Expr&) {
    return BindAll(list.elements);
  }
  absl::Status BindNode(Conditional& conditional, Expr&) {
    KITH_RETURN_IF_ERROR(Bind(conditional.condition));
    KITH_RETURN_IF_ERROR(Bind(conditional.then));
    return Bind(conditional.otherwise);
  }
  absl::Status BindNode(MapLiteral& map, Expr&) {
    for (auto& [key, value] : map.entries) {
      KITH_RETURN_IF_ERROR(Bind(key));
      KITH_RETURN_IF_ERROR(Bind(value));
    }
    return absl::OkStatus();
  }
  // Literals, and what is bound already.
  template <typename Leaf>
  absl::Status BindNode(Leaf&, Expr&) {
    return absl::OkStatus();
  }

  absl::Status BindAll(std::vector<ExprPtr>& exprs) {
    for (ExprPtr& expr : exprs) KITH_RETURN_IF_ERROR(Bind(expr));
    return absl::OkStatus();
  }
  absl::Status Error(const Expr& expr, std::string_view message) const {
    return TypeError(text_, expr.offset, message);
  }

  std::optional<std::string> DottedName(const Expr& expr) const;
  std::optional<size_t> FindVariable(std::string_view name) const;
  // Makes `expr` what the dotted name means; false: nothing known.
  bool BindName(const std::string& name, Expr& expr) const;
  void FindNamespacedFunction(Call& call) const;
  absl::Status FindOverloads(Call& call, const Expr& expr) const;
  absl::Status Prepare(Call& call, const Expr& expr);

  std::string_view text_;
  const bool strict_;
  std::vector<VariableDecl>& variables_;
  std::vector<std::string_view> locals_;  // innermost last
  int prepared_ = 0;
};

// `a.b.c` as written, unless its start is a macro's variable.
std::optional<std::string> Binder::DottedName(const Expr& expr) const {
  if (const auto* const name = std::get_if<Identifier>(&expr.node)) {
    const bool local =
        std::find(locals_.begin(), locals_.end(), name->name) != locals_.end();
    if (local && !name->absolute) return std::nullopt;
    return name->name;
  }
  const auto* const select = std::get_if<Select>(&expr.node);
  if (select == nullptr || select->test_only) return std::nullopt;
  std::optional<std::string> name = DottedName(*select->operand);
  if (name) *name += "." + select->field;
  return name;
}

std::optional<size_t> Binder::FindVariable(std::string_view name) const {
  for (size_t i = 0; i < variables_.size(); ++i) {
    if (variables_[i].name == name) return i;
  }
  return std::nullopt;
}

bool Binder::BindName(const std::string& name, Expr& expr) const {
  if (const std::optional<size_t> slot = FindVariable(name)) {
    expr.node = Variable{*slot};
    return true;
  }
  if (const std::optional<Kind> type = FindTypeName(name)) {
    expr.node = Literal{CelValue::TypeOf(*type)};
    return true;
  }
  return false;
}

absl::Status Binder::BindNode(Identifier& name, Expr& expr) {
  const std::string text = name.name;
  const auto local = std::find(locals_.rbegin(), locals_.rend(), text);
  if (local != locals_.rend() && !name.absolute) {
    expr.node = Local{static_cast<size_t>(locals_.rend() - local) - 1};
    return absl::OkStatus();
  }
  if (BindName(text, expr)) return absl::OkStatus();
  if (strict_) return Error(expr, fmt::format("\"{}\" is not declared", text));
  expr.node = Variable{variables_.size()};
  variables_.push_back({text, Type{}});
  return absl::OkStatus();
}

absl::Status Binder::BindNode(Select& select, Expr& expr) {
  if (!select.test_only) {
    const std::optional<std::string> name = DottedName(expr);
    if (name && BindName(*name, expr)) return absl::OkStatus();
  }
  return Bind(select.operand);
}

// `math.least(x)` is a function of that name, not a member of `math`.
void Binder::FindNamespacedFunction(Call& call) const {
  std::optional<std::string> name = DottedName(*call.args[0]);
  if (!name) return;
  *name += "." + call.function;
  if (FunctionRegistry::Get().Find(*name, false).empty()) return;
  call.function = *std::move(name);
  call.member = false;
  call.args.erase(call.args.begin());
  const bool variadic =
      call.function == "math.greatest" || call.function == "math.least";
  if (!variadic || call.args.size() <= 2) return;
  auto list = std::make_unique<Expr>();
  list->offset = call.args[0]->offset;
  list->node = ListLiteral{std::move(call.args)};
  call.args.clear();
  call.args.push_back(std::move(list));
}

absl::Status Binder::BindNode(Call& call, Expr& expr) {
  if (call.member) FindNamespacedFunction(call);
  KITH_RETURN_IF_ERROR(BindAll(call.args));
  KITH_RETURN_IF_ERROR(FindOverloads(call, expr));
  return Prepare(call, expr);
}

absl::Status Binder::FindOverloads(Call& call, const Expr& expr) const {
  const auto named = FunctionRegistry::Get().Find(call.function, call.member);
  for (const Overload& overload : named) {
    if (overload.args.size() == call.args.size()) {
      call.overloads.push_back(&overload);
    }
  }
  if (!strict_ || !call.overloads.empty()) return absl::OkStatus();
  if (named.empty()) {
    return Error(expr,
                 fmt::format("there is no function \"{}\"{}", call.function,
                             call.member ? " of a value" : ""));
  }
  return Error(expr,
               fmt::format("\"{}\" does not take {} arguments", call.function,
                           call.args.size() - (call.member ? 1 : 0)));
}

absl::Status Binder::Prepare(Call& call, const Expr& expr) {
  if (call.overloads.size() != 1 || call.overloads[0]->prepare == nullptr) {
    return absl::OkStatus();
  }
  const auto* const literal = std::get_if<Literal>(&call.args[1]->node);
  if (literal == nullptr || !literal->value.is(Kind::kString)) {
    return absl::OkStatus();
  }
  // Further ones are left to the evaluation, which pays for them.
  if (++prepared_ > kPreparedMax) return absl::OkStatus();
  auto prepared = call.overloads[0]->prepare(literal->value);
  if (!prepared.ok()) {
    const auto message = prepared.status().message();
    return Error(expr, std::string_view(message.data(), message.size()));
  }
  call.prepared = *std::move(prepared);
  return absl::OkStatus();
}

absl::Status Binder::BindNode(Macro& macro, Expr&) {
  KITH_RETURN_IF_ERROR(Bind(macro.range));
  locals_.push_back(macro.variable);
  if (macro.predicate != nullptr) KITH_RETURN_IF_ERROR(Bind(macro.predicate));
  if (macro.transform != nullptr) KITH_RETURN_IF_ERROR(Bind(macro.transform));
  locals_.pop_back();
  return absl::OkStatus();
}

}  // namespace

absl::Status Bind(std::string_view text, bool strict,
                  std::vector<VariableDecl>* variables, ExprPtr* expr) {
  return Binder(text, strict, variables).Bind(*expr);
}

}  // namespace kith::caveat
