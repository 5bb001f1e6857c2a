#include "property/condition.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <variant>

namespace kith::property {
namespace {

using Kind = Condition::Kind;

constexpr char kInt[] = "int";
constexpr char kString[] = "string";
constexpr char kBool[] = "bool";
constexpr char kList[] = "list<int>";
constexpr char kMap[] = "map<int>";

// ---- Values -----------------------------------------------------------------

// A context value as its parameter has it.
struct Typed {
  int64_t number = 0;
  bool flag = false;
  std::string text;
  std::vector<int64_t> list;
  std::map<std::string, int64_t> map;
};

std::optional<int64_t> ToInt(const Value& value) {
  if (const double* number = std::get_if<double>(&value.value)) {
    if (std::floor(*number) != *number) return std::nullopt;
    return static_cast<int64_t>(*number);
  }
  const std::string* text = std::get_if<std::string>(&value.value);
  if (text == nullptr || text->empty()) return std::nullopt;
  const bool digits = std::all_of(text->begin(), text->end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  return digits ? std::optional(std::stoll(*text)) : std::nullopt;
}

std::optional<Typed> ToList(const Value& value) {
  const ValueList* list = std::get_if<ValueList>(&value.value);
  if (list == nullptr) return std::nullopt;
  Typed typed;
  for (const Value& one : *list) {
    const auto number = ToInt(one);
    if (!number) return std::nullopt;
    typed.list.push_back(*number);
  }
  return typed;
}

std::optional<Typed> ToMap(const Value& value) {
  const Struct* map = std::get_if<Struct>(&value.value);
  if (map == nullptr) return std::nullopt;
  Typed typed;
  for (const auto& [key, one] : *map) {
    const auto number = ToInt(one);
    if (!number) return std::nullopt;
    typed.map[key] = *number;
  }
  return typed;
}

std::optional<Typed> Convert(const Value& value, const std::string& type) {
  Typed typed;
  if (type == kInt) {
    const auto number = ToInt(value);
    if (!number) return std::nullopt;
    typed.number = *number;
    return typed;
  }
  if (type == kBool) {
    const bool* flag = std::get_if<bool>(&value.value);
    if (flag == nullptr) return std::nullopt;
    typed.flag = *flag;
    return typed;
  }
  if (type == kString) {
    const std::string* text = std::get_if<std::string>(&value.value);
    if (text == nullptr) return std::nullopt;
    typed.text = *text;
    return typed;
  }
  return type == kList ? ToList(value) : ToMap(value);
}

// ---- Evaluation -------------------------------------------------------------

using Bindings = std::map<std::string, Typed>;

ConditionValue Decided(bool truth) {
  return {truth ? Truth::kTrue : Truth::kFalse, false, {}};
}
ConditionValue Failed() { return {Truth::kUnknown, true, {}}; }

template <typename T>
bool Compare(const T& left, const std::string& op, const T& right) {
  if (op == "==") return left == right;
  if (op == "!=") return left != right;
  return op == "<" ? left < right : left >= right;
}

std::string Unquoted(const std::string& literal) {
  return literal.substr(1, literal.size() - 2);
}

class Evaluator {
 public:
  Evaluator(const CaveatDef& caveat, Bindings bindings)
      : caveat_(caveat), bindings_(std::move(bindings)) {}

  ConditionValue Evaluate(const Condition& condition) const {
    switch (condition.kind) {
      case Kind::kAnd:
        return Join(condition, Truth::kFalse);
      case Kind::kOr:
        return Join(condition, Truth::kTrue);
      case Kind::kNot: {
        ConditionValue value = Evaluate(condition.operands[0]);
        if (value.truth != Truth::kUnknown) {
          value = Decided(value.truth == Truth::kFalse);
        }
        return value;
      }
      default:
        return Leaf(condition);
    }
  }

 private:
  // kAnd and kOr: the value `decisive` of any operand decides.
  ConditionValue Join(const Condition& condition, Truth decisive) const {
    ConditionValue joined;
    bool error = false;
    for (const Condition& operand : condition.operands) {
      const ConditionValue value = Evaluate(operand);
      if (value.truth == decisive) return value;
      error |= value.error;
      joined.missing.insert(value.missing.begin(), value.missing.end());
    }
    if (!joined.missing.empty()) {
      joined.truth = Truth::kUnknown;
      return joined;
    }
    if (error) return Failed();
    return Decided(decisive == Truth::kFalse);
  }

  ConditionValue Leaf(const Condition& condition) const {
    ConditionValue unknown{Truth::kUnknown, false, {}};
    const Typed* const left = Find(condition.left, &unknown);
    const Typed* const right = condition.right_is_parameter
                                   ? Find(condition.right, &unknown)
                                   : nullptr;
    if (!unknown.missing.empty()) return unknown;
    switch (condition.kind) {
      case Kind::kFlag:
        return Decided(left->flag);
      case Kind::kDivide:
        if (left->number == 0) return Failed();
        return Decided(6 / left->number == std::stoll(condition.right));
      case Kind::kIndex:
        if (left->list.size() < 2) return Failed();
        return Decided(left->list[1] == std::stoll(condition.right));
      case Kind::kKey:
        if (left->map.count("k") == 0) return Failed();
        return Decided(left->map.at("k") == std::stoll(condition.right));
      default:
        break;
    }
    const std::string& op = condition.op;
    if (caveat_.FindParameter(condition.left)->type == kInt) {
      const int64_t number =
          right != nullptr ? right->number : std::stoll(condition.right);
      return Decided(Compare(left->number, op, number));
    }
    const std::string text =
        right != nullptr ? right->text : Unquoted(condition.right);
    return Decided(Compare(left->text, op, text));
  }

  const Typed* Find(const std::string& name, ConditionValue* unknown) const {
    const auto it = bindings_.find(name);
    if (it != bindings_.end()) return &it->second;
    unknown->missing.insert(name);
    return nullptr;
  }

  const CaveatDef& caveat_;
  const Bindings bindings_;
};

// ---- Text -------------------------------------------------------------------

std::string ConditionText(const Condition& condition) {
  switch (condition.kind) {
    case Kind::kFlag:
      return condition.left;
    case Kind::kCompare:
      return condition.left + " " + condition.op + " " + condition.right;
    case Kind::kDivide:
      return "6 / " + condition.left + " == " + condition.right;
    case Kind::kIndex:
      return condition.left + "[1] == " + condition.right;
    case Kind::kKey:
      return condition.left + "['k'] == " + condition.right;
    case Kind::kNot:
      return "!(" + ConditionText(condition.operands[0]) + ")";
    case Kind::kAnd:
    case Kind::kOr:
      break;
  }
  std::string text;
  for (const Condition& operand : condition.operands) {
    if (!text.empty()) text += condition.kind == Kind::kAnd ? " && " : " || ";
    text += "(" + ConditionText(operand) + ")";
  }
  return text;
}

// ---- Making -----------------------------------------------------------------

std::string IntLiteral(Random* random) {
  return std::to_string(random->Below(4));
}

Condition MakeLeaf(const ConditionParameter& parameter,
                   const std::vector<ConditionParameter>& all, Random* random) {
  Condition leaf;
  leaf.left = parameter.name;
  leaf.right = IntLiteral(random);
  if (parameter.type == kBool) return leaf;
  if (parameter.type == kList) {
    leaf.kind = Kind::kIndex;
    return leaf;
  }
  if (parameter.type == kMap) {
    leaf.kind = Kind::kKey;
    return leaf;
  }
  leaf.kind = Kind::kCompare;
  leaf.op = random->Pick(std::vector<std::string>{"==", "!=", "<", ">="});
  for (const ConditionParameter& other : all) {
    if (other.name == parameter.name || other.type != parameter.type) continue;
    if (!random->Percent(40)) continue;
    leaf.right = other.name;
    leaf.right_is_parameter = true;
    return leaf;
  }
  if (parameter.type == kString) {
    leaf.right = random->Percent(50) ? "'x'" : "'y'";
  } else if (random->Percent(15)) {
    leaf.kind = Kind::kDivide;
    leaf.op.clear();
  }
  return leaf;
}

Condition MakeCondition(const std::vector<ConditionParameter>& parameters,
                        Random* random) {
  std::vector<Condition> parts;
  for (const ConditionParameter& parameter : parameters) {
    parts.push_back(MakeLeaf(parameter, parameters, random));
    if (random->Percent(15)) {
      parts.push_back(MakeLeaf(random->Pick(parameters), parameters, random));
    }
  }
  for (Condition& part : parts) {
    if (random->Percent(20)) part = {Kind::kNot, "", "", "", false, {part}};
  }
  random->Shuffle(&parts);
  while (parts.size() > 1) {
    const size_t count = parts.size() > 2 && random->Percent(20) ? 3 : 2;
    Condition joined;
    joined.kind = random->Percent(50) ? Kind::kAnd : Kind::kOr;
    joined.operands.assign(parts.end() - static_cast<long>(count), parts.end());
    parts.resize(parts.size() - count);
    parts.insert(parts.begin(), std::move(joined));
  }
  return parts[0];
}

}  // namespace

const ConditionParameter* CaveatDef::FindParameter(
    std::string_view wanted) const {
  for (const ConditionParameter& parameter : parameters) {
    if (parameter.name == wanted) return &parameter;
  }
  return nullptr;
}

std::string CaveatText(const CaveatDef& caveat) {
  std::string text = "caveat " + caveat.name + "(";
  for (size_t i = 0; i < caveat.parameters.size(); ++i) {
    const ConditionParameter& parameter = caveat.parameters[i];
    text += (i > 0 ? ", " : "") + parameter.name + " " + parameter.type;
  }
  return text + ") {\n\t" + ConditionText(caveat.condition) + "\n}\n";
}

ConditionValue EvaluateCaveat(const CaveatDef& caveat, const Struct& stored,
                              const Struct& request) {
  Bindings bindings;
  for (const ConditionParameter& parameter : caveat.parameters) {
    const bool fixed = stored.count(parameter.name) != 0;
    const Struct& from = fixed ? stored : request;
    const auto it = from.find(parameter.name);
    if (it == from.end()) continue;
    const auto typed = Convert(it->second, parameter.type);
    if (!typed) return Failed();
    bindings[parameter.name] = *typed;
  }
  return Evaluator(caveat, std::move(bindings)).Evaluate(caveat.condition);
}

bool Fits(const CaveatDef& caveat, const Struct& context) {
  return std::all_of(caveat.parameters.begin(), caveat.parameters.end(),
                     [&](const ConditionParameter& parameter) {
                       const auto it = context.find(parameter.name);
                       return it == context.end() ||
                              Convert(it->second, parameter.type).has_value();
                     });
}

std::vector<CaveatDef> MakeCaveats(Random* random) {
  const std::vector<ConditionParameter> pool = {
      {"count", kInt},   {"level", kInt}, {"place", kString},
      {"name", kString}, {"open", kBool}, {"on_site", kBool},
      {"marks", kList},  {"rates", kMap}};
  std::vector<CaveatDef> caveats;
  for (const char* name : {"cond", "limit", "org/rule"}) {
    if (!caveats.empty() && random->Percent(40)) continue;
    CaveatDef caveat;
    caveat.name = name;
    caveat.parameters = random->Sample(pool, random->Between(1, 3));
    for (ConditionParameter& parameter : caveat.parameters) {
      // The same name with another type elsewhere.
      if (random->Percent(6)) parameter.type = random->Pick(pool).type;
    }
    caveat.condition = MakeCondition(caveat.parameters, random);
    caveats.push_back(std::move(caveat));
  }
  return caveats;
}

void ChangeCondition(CaveatDef* caveat, Random* random) {
  caveat->condition = MakeCondition(caveat->parameters, random);
}

Value MakeContextValue(const std::string& type, Random* random) {
  const auto number = [&] { return static_cast<double>(random->Below(4)); };
  if (type == kInt) {
    if (random->Percent(10)) return Value{std::to_string(random->Below(4))};
    return Value{number()};
  }
  if (type == kBool) return Value{random->Percent(50)};
  if (type == kString) {
    return Value{std::string(random->Percent(50) ? "x" : "y")};
  }
  if (type == kList) {
    ValueList list;
    for (size_t n = random->Below(4); n > 0; --n) list.push_back({number()});
    return Value{std::move(list)};
  }
  Struct map;
  if (random->Percent(75)) map["k"] = {number()};
  if (random->Percent(50)) map["j"] = {number()};
  return Value{std::move(map)};
}

Value MakeWrongValue(const std::string& type, Random* random) {
  if (random->Percent(10)) return {};
  if (type == kInt) {
    return random->Percent(50) ? Value{std::string("two")} : Value{1.5};
  }
  if (type == kBool) return Value{std::string("true")};
  if (type == kString) return Value{true};
  if (type == kList) return Value{ValueList{Value{std::string("one")}}};
  return Value{Struct{{"k", Value{false}}}};
}

}  // namespace kith::property
