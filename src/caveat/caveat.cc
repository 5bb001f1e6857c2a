#include "caveat/caveat.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "caveat/expression.h"
#include "caveat/parameter_type.h"
#include "fmt/format.h"

namespace kith::caveat {

struct CompiledCaveat::BoundParameter {
  std::string name;
  ParameterType type;
};

namespace {

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

absl::Status ParameterError(std::string_view caveat, std::string_view parameter,
                            std::string_view message) {
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   ErrorReason::kSchemaTypeError,
                   fmt::format("parameter \"{}\" of caveat \"{}\": {}",
                               parameter, caveat, message),
                   {{"caveat_name", caveat}, {"parameter_name", parameter}});
}

absl::Status ContextError(std::string_view caveat, std::string_view parameter,
                          std::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument,
                   ErrorReason::kCaveatParameterTypeError,
                   fmt::format("parameter \"{}\" of caveat \"{}\": {}",
                               parameter, caveat, message),
                   {{"caveat_name", caveat}, {"parameter_name", parameter}});
}

// An error in the expression, with the caveat's name added.
absl::Status Named(std::string_view caveat, const absl::Status& status) {
  ErrorInfo info = GetErrorInfo(status).value_or(ErrorInfo{});
  info.metadata.emplace("caveat_name", caveat);
  return MakeError(status.code(),
                   fmt::format("caveat \"{}\": {}", caveat, MessageOf(status)),
                   info);
}

}  // namespace

CompiledCaveat::CompiledCaveat() = default;
CompiledCaveat::~CompiledCaveat() = default;

absl::StatusOr<std::shared_ptr<const CompiledCaveat>> CompileCaveat(
    std::string_view name, std::span<const Parameter> parameters,
    std::string_view expression, const Limits& limits) {
  std::shared_ptr<CompiledCaveat> caveat(new CompiledCaveat);
  caveat->name_ = name;
  std::vector<VariableDecl> variables;
  for (const Parameter& parameter : parameters) {
    std::optional<ParameterType> type = ParameterType::Parse(parameter.type);
    if (!type) {
      return ParameterError(
          name, parameter.name,
          fmt::format("\"{}\" is not a type", parameter.type));
    }
    for (const VariableDecl& other : variables) {
      if (other.name != parameter.name) continue;
      return ParameterError(name, parameter.name, "declared twice");
    }
    variables.push_back({parameter.name, type->ToType()});
    caveat->parameters_.push_back({parameter.name, *std::move(type)});
  }
  auto compiled = Expression::Compile(expression, std::move(variables),
                                      {.limits = limits, .check_types = true});
  if (!compiled.ok()) return Named(name, compiled.status());
  const Type& type = (*compiled)->type();
  if (type.kind != Kind::kBool && type.kind != Kind::kDyn) {
    return Named(name,
                 MakeError(absl::StatusCode::kFailedPrecondition,
                           ErrorReason::kSchemaTypeError,
                           fmt::format("line 1, column 1: expected bool, the "
                                       "expression is {}",
                                       type.ToString()),
                           {{"start_line_number", "1"},
                            {"start_column_position", "1"}}));
  }
  caveat->expression_ = *std::move(compiled);
  return caveat;
}

absl::StatusOr<Context> CompiledCaveat::ConvertContext(
    const Struct& context) const {
  Context converted;
  if (context.empty()) return converted;
  converted.values_.resize(parameters_.size());
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const BoundParameter& parameter = parameters_[i];
    const auto given = context.find(parameter.name);
    if (given == context.end()) continue;
    absl::StatusOr<CelValue> value = parameter.type.Convert(given->second);
    if (!value.ok()) {
      return ContextError(name_, parameter.name, MessageOf(value.status()));
    }
    converted.values_[i] = *std::move(value);
  }
  return converted;
}

absl::Status CompiledCaveat::ValidateContext(const Struct& context) const {
  for (const auto& [key, value] : context) {
    const bool known = std::any_of(
        parameters_.begin(), parameters_.end(),
        [&key = key](const BoundParameter& p) { return p.name == key; });
    if (!known) return ContextError(name_, key, "there is no such parameter");
  }
  return ConvertContext(context).status();
}

absl::StatusOr<Result> CompiledCaveat::Evaluate(const Context& stored,
                                                const Context& request) const {
  const auto find = [](const Context& context, size_t i) -> const CelValue* {
    if (i >= context.values_.size() || !context.values_[i]) return nullptr;
    return &*context.values_[i];
  };
  constexpr size_t kInline = 16;
  std::array<const CelValue*, kInline> few;
  std::vector<const CelValue*> many;
  std::span<const CelValue*> bound(few.data(),
                                   std::min(kInline, parameters_.size()));
  if (parameters_.size() > kInline) {
    many.resize(parameters_.size());
    bound = many;
  }
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const CelValue* const value = find(stored, i);
    bound[i] = value != nullptr ? value : find(request, i);
  }
  absl::StatusOr<CelValue> value = expression_->Evaluate(bound);
  if (value.ok() && !value->is(Kind::kBool) && !value->is(Kind::kUnknown)) {
    value = absl::InvalidArgumentError(fmt::format(
        "the result is {}, not a bool", DeclaredName(value->kind())));
  }
  if (!value.ok()) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, ErrorReason::kCaveatEvaluationError,
        fmt::format("caveat \"{}\": {}", name_, MessageOf(value.status())),
        {{"caveat_name", name_}});
  }
  if (value->is(Kind::kBool)) {
    return Result{value->AsBool() ? Truth::kTrue : Truth::kFalse, {}};
  }
  Result result{Truth::kUnknown, {}};
  for (const size_t slot : value->AsUnknown()) {
    result.missing.push_back(parameters_[slot].name);
  }
  std::sort(result.missing.begin(), result.missing.end());
  return result;
}

}  // namespace kith::caveat
