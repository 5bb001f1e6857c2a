#include "caveat/eval/evaluator.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "caveat/functions/registry.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

CelValue OverBudget() { return CelValue::Error("over the budget"); }

// The terms of && and ||, also of all() and exists(), one after another.
class LogicFold {
 public:
  explicit LogicFold(bool is_and) : is_and_(is_and) {}

  // True: the term decides, whatever the others are.
  bool Add(CelValue term) {
    if (term.is(Kind::kBool)) return term.AsBool() != is_and_;
    if (term.is(Kind::kUnknown)) {
      rest_ = rest_.is(Kind::kUnknown) ? MergeUnknowns(rest_, term)
                                       : std::move(term);
    } else if (rest_.is(Kind::kNull)) {
      rest_ = term.is(Kind::kError)
                  ? std::move(term)
                  : CelValue::Error(fmt::format("no such overload: {} is no "
                                                "bool",
                                                DeclaredName(term.kind())));
    }
    return false;
  }
  CelValue Decided() const { return CelValue::Bool(!is_and_); }
  // When no term decided.
  CelValue Undecided() && {
    return rest_.is(Kind::kNull) ? CelValue::Bool(is_and_) : std::move(rest_);
  }

 private:
  const bool is_and_;
  CelValue rest_;  // null: only terms that do not decide
};

// The parts of a strict operation: an error in one is that of the whole, else
// all their unknowns are.
class StrictFold {
 public:
  // True: `part` is a value.
  bool Add(const CelValue& part) {
    if (part.is_value()) return true;
    if (!failure_.is(Kind::kUnknown) || part.is(Kind::kError)) {
      if (!failure_.is(Kind::kError)) failure_ = part;
    } else {
      failure_ = MergeUnknowns(failure_, part);
    }
    return false;
  }
  bool failed() const { return !failure_.is_value(); }
  CelValue failure() && { return std::move(failure_); }

 private:
  CelValue failure_;
};

bool Takes(const Overload& overload, std::span<const CelValue> args) {
  for (size_t i = 0; i < args.size(); ++i) {
    const Kind wanted = overload.args[i].kind;
    const bool any = wanted == Kind::kDyn || wanted == Kind::kVariable;
    if (!any && wanted != args[i].kind()) return false;
  }
  return true;
}

CelValue NoOverload(const Call& call, std::span<const CelValue> args) {
  std::string kinds;
  for (const CelValue& arg : args) {
    kinds += kinds.empty() ? "" : ", ";
    kinds += DeclaredName(arg.kind());
  }
  return CelValue::Error(
      fmt::format("no such overload: {}({})", call.function, kinds));
}

class Evaluator {
 public:
  Evaluator(std::span<const CelValue* const> variables, Budget& budget)
      : variables_(variables), budget_(budget) {}

  CelValue Eval(const Expr& expr) {
    if (!budget_.Steps(1)) return OverBudget();
    return std::visit([this](const auto& node) { return Visit(node); },
                      expr.node);
  }

 private:
  CelValue Visit(const Literal& literal) { return literal.value; }
  // The binder leaves none.
  CelValue Visit(const Identifier& name) {
    return CelValue::Error("unbound name: " + name.name);
  }
  CelValue Visit(const Variable& variable) {
    const CelValue* const value = variables_[variable.slot];
    return value != nullptr ? *value : CelValue::Unknown({variable.slot});
  }
  CelValue Visit(const Local& local) { return locals_[local.index]; }
  CelValue Visit(const Select& select);
  CelValue Visit(const Call& call);
  CelValue Visit(const Logic& logic);
  CelValue Visit(const Conditional& conditional);
  CelValue Visit(const ListLiteral& list);
  CelValue Visit(const MapLiteral& map);
  CelValue Visit(const Macro& macro);

  CelValue Over(const Macro& macro, const CelList& elements);
  CelValue AllOrExists(const Macro& macro, const CelList& elements);
  CelValue ExistsOne(const Macro& macro, const CelList& elements);
  CelValue MapOrFilter(const Macro& macro, const CelList& elements);
  // The predicate of the element in scope: bool, unknown or error.
  CelValue Test(const Macro& macro);

  std::span<const CelValue* const> variables_;
  Budget& budget_;
  std::vector<CelValue> locals_;
};

CelValue Evaluator::Visit(const Select& select) {
  CelValue operand = Eval(*select.operand);
  if (!operand.is_value()) return operand;
  if (!operand.is(Kind::kMap)) {
    return CelValue::Error(fmt::format("no such overload: {} has no fields",
                                       DeclaredName(operand.kind())));
  }
  const CelValue* const value =
      FindKey(operand.AsMap(), std::string_view(select.field));
  if (select.test_only) return CelValue::Bool(value != nullptr);
  if (value == nullptr) {
    return CelValue::Error(fmt::format("no such key: \"{}\"", select.field));
  }
  return *value;
}

CelValue Evaluator::Visit(const Call& call) {
  std::array<CelValue, kArgumentsMax> values;
  if (call.overloads.empty()) {
    return CelValue::Error("no such overload: " + call.function);
  }
  StrictFold parts;
  const size_t count = call.args.size();
  for (size_t i = 0; i < count; ++i) {
    values[i] = Eval(*call.args[i]);
    parts.Add(values[i]);
  }
  if (parts.failed()) return std::move(parts).failure();
  const std::span<const CelValue> args(values.data(), count);
  for (const Overload* const overload : call.overloads) {
    if (!Takes(*overload, args)) continue;
    return overload->run({args, budget_, call.prepared.get()});
  }
  return NoOverload(call, args);
}

CelValue Evaluator::Visit(const Logic& logic) {
  LogicFold fold(logic.is_and);
  for (const ExprPtr& term : logic.terms) {
    if (fold.Add(Eval(*term))) return fold.Decided();
  }
  return std::move(fold).Undecided();
}

CelValue Evaluator::Visit(const Conditional& conditional) {
  CelValue condition = Eval(*conditional.condition);
  if (!condition.is_value()) return condition;
  if (!condition.is(Kind::kBool)) {
    return CelValue::Error("no such overload: the condition of ?: is no bool");
  }
  return Eval(condition.AsBool() ? *conditional.then : *conditional.otherwise);
}

CelValue Evaluator::Visit(const ListLiteral& list) {
  if (!budget_.Bytes(list.elements.size() * sizeof(CelValue))) {
    return OverBudget();
  }
  CelList elements;
  elements.reserve(list.elements.size());
  StrictFold parts;
  for (const ExprPtr& expr : list.elements) {
    elements.push_back(Eval(*expr));
    parts.Add(elements.back());
  }
  if (parts.failed()) return std::move(parts).failure();
  return CelValue::List(std::move(elements));
}

CelValue Evaluator::Visit(const MapLiteral& map) {
  if (!budget_.Bytes(map.entries.size() * sizeof(MapEntry))) {
    return OverBudget();
  }
  CelMap entries;
  entries.reserve(map.entries.size());
  StrictFold parts;
  for (const auto& [key, value] : map.entries) {
    MapEntry entry{Eval(*key), Eval(*value)};
    parts.Add(entry.key);
    parts.Add(entry.value);
    entries.push_back(std::move(entry));
  }
  if (parts.failed()) return std::move(parts).failure();
  return CelValue::Map(std::move(entries));
}

CelValue Evaluator::Visit(const Macro& macro) {
  CelValue range = Eval(*macro.range);
  if (!range.is_value()) return range;
  if (range.is(Kind::kList)) return Over(macro, range.AsList());
  if (!range.is(Kind::kMap)) {
    return CelValue::Error(fmt::format("no such overload: a macro over {}",
                                       DeclaredName(range.kind())));
  }
  const CelMap& map = range.AsMap();
  if (!budget_.Bytes(map.size() * sizeof(CelValue))) return OverBudget();
  CelList keys;
  keys.reserve(map.size());
  for (const MapEntry& entry : map) keys.push_back(entry.key);
  return Over(macro, keys);
}

CelValue Evaluator::Over(const Macro& macro, const CelList& elements) {
  locals_.emplace_back();
  CelValue result;
  switch (macro.kind) {
    case MacroKind::kAll:
    case MacroKind::kExists:
      result = AllOrExists(macro, elements);
      break;
    case MacroKind::kExistsOne:
      result = ExistsOne(macro, elements);
      break;
    case MacroKind::kMap:
    case MacroKind::kFilter:
      result = MapOrFilter(macro, elements);
      break;
  }
  locals_.pop_back();
  return result;
}

CelValue Evaluator::AllOrExists(const Macro& macro, const CelList& elements) {
  LogicFold fold(macro.kind == MacroKind::kAll);
  for (const CelValue& element : elements) {
    locals_.back() = element;
    if (fold.Add(Eval(*macro.predicate))) return fold.Decided();
    if (budget_.exhausted()) return OverBudget();
  }
  return std::move(fold).Undecided();
}

CelValue Evaluator::Test(const Macro& macro) {
  CelValue test = Eval(*macro.predicate);
  if (test.is(Kind::kBool) || !test.is_value()) return test;
  return CelValue::Error("no such overload: the condition is no bool");
}

CelValue Evaluator::ExistsOne(const Macro& macro, const CelList& elements) {
  size_t count = 0;
  StrictFold tests;
  for (const CelValue& element : elements) {
    locals_.back() = element;
    const CelValue test = Test(macro);
    if (tests.Add(test) && test.AsBool()) ++count;
    if (budget_.exhausted()) return OverBudget();
  }
  if (tests.failed()) return std::move(tests).failure();
  return CelValue::Bool(count == 1);
}

CelValue Evaluator::MapOrFilter(const Macro& macro, const CelList& elements) {
  CelList results;
  StrictFold parts;
  for (const CelValue& element : elements) {
    locals_.back() = element;
    if (macro.predicate != nullptr) {
      const CelValue test = Test(macro);
      if (!parts.Add(test) || !test.AsBool()) continue;
    }
    if (!budget_.Bytes(sizeof(CelValue))) return OverBudget();
    results.push_back(macro.kind == MacroKind::kMap ? Eval(*macro.transform)
                                                    : element);
    parts.Add(results.back());
  }
  if (parts.failed()) return std::move(parts).failure();
  return CelValue::List(std::move(results));
}

}  // namespace

CelValue Evaluate(const Expr& expr, std::span<const CelValue* const> variables,
                  Budget& budget) {
  return Evaluator(variables, budget).Eval(expr);
}

}  // namespace kith::caveat
