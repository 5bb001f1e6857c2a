#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "caveat/eval/value.h"
#include "caveat/limits.h"
#include "caveat/types/binder.h"
#include "caveat/types/type.h"

namespace kith::caveat {

struct Expr;

struct ExpressionOptions {
  Limits limits;
  // Without it, names that are not declared become variables and types are
  // found out when it runs.
  bool check_types = true;
};

// A compiled CEL expression. Immutable and thread-safe; nothing is kept
// between evaluations.
class Expression {
 public:
  // Fails with a position in `text`: INVALID_ARGUMENT (SCHEMA_PARSE_ERROR)
  // when it does not parse or is over a limit, FAILED_PRECONDITION
  // (SCHEMA_TYPE_ERROR) when it has no type.
  static absl::StatusOr<std::shared_ptr<const Expression>> Compile(
      std::string_view text, std::vector<VariableDecl> variables,
      const ExpressionOptions& options = {});
  ~Expression();
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  // Of the result; dyn when types were not checked.
  const Type& type() const { return type_; }
  // The declared ones in their order, then those found without a declaration.
  const std::vector<VariableDecl>& variables() const { return variables_; }

  // `bound` holds a pointer for each of variables(): null, the variable is
  // missing. The result is a value, or an unknown that names the slots of the
  // missing variables that would decide it. INVALID_ARGUMENT: the expression
  // fails; RESOURCE_EXHAUSTED: it is over a limit.
  absl::StatusOr<CelValue> Evaluate(
      std::span<const CelValue* const> bound) const;

 private:
  Expression();

  Limits limits_;
  std::vector<VariableDecl> variables_;
  std::unique_ptr<Expr> root_;
  Type type_;
};

}  // namespace kith::caveat
