#include "unit/caveat/outcome.h"

#include "caveat/functions/print.h"

namespace kith::caveat {
namespace {

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

std::string TextOf(const CelValue& value,
                   const std::vector<VariableDecl>& variables) {
  std::string text;
  if (value.is(Kind::kUnknown)) {
    for (const size_t slot : value.AsUnknown()) {
      text += (text.empty() ? "" : ", ") + variables[slot].name;
    }
    return "unknown(" + text + ")";
  }
  const Limits limits;
  Budget budget(limits);
  AppendText(value, budget, &text);
  return text;
}

}  // namespace

std::string Outcome(std::string_view expression,
                    const std::vector<Given>& given,
                    const ExpressionOptions& options) {
  std::vector<VariableDecl> variables;
  for (const Given& variable : given) {
    variables.push_back({variable.name, ParseType(variable.type).value()});
  }
  const auto compiled = Expression::Compile(expression, variables, options);
  if (!compiled.ok()) return "invalid: " + MessageOf(compiled.status());
  std::vector<const CelValue*> bound((*compiled)->variables().size());
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i].value) bound[i] = &*given[i].value;
  }
  const auto value = (*compiled)->Evaluate(bound);
  if (!value.ok()) return "error: " + MessageOf(value.status());
  return TextOf(*value, (*compiled)->variables());
}

}  // namespace kith::caveat
