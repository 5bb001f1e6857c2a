#include "caveat/expression.h"

#include <utility>

#include "base/status_macros.h"
#include "caveat/eval/evaluator.h"
#include "caveat/syntax/parser.h"
#include "caveat/types/checker.h"

namespace kith::caveat {

Expression::Expression() = default;
Expression::~Expression() = default;

absl::StatusOr<std::shared_ptr<const Expression>> Expression::Compile(
    std::string_view text, std::vector<VariableDecl> variables,
    const ExpressionOptions& options) {
  std::shared_ptr<Expression> result(new Expression);
  result->limits_ = options.limits;
  result->variables_ = std::move(variables);
  KITH_ASSIGN_OR_RETURN(result->root_, Parse(text, options.limits));
  KITH_RETURN_IF_ERROR(
      Bind(text, options.check_types, &result->variables_, &result->root_));
  if (options.check_types) {
    KITH_ASSIGN_OR_RETURN(result->type_,
                          Check(text, result->variables_, *result->root_));
  }
  return result;
}

absl::StatusOr<CelValue> Expression::Evaluate(
    std::span<const CelValue* const> bound) const {
  Budget budget(limits_);
  CelValue value = caveat::Evaluate(*root_, bound, budget);
  if (budget.exhausted()) return budget.ExhaustedError();
  if (value.is(Kind::kError)) {
    return absl::InvalidArgumentError(value.AsError());
  }
  return value;
}

}  // namespace kith::caveat
