#pragma once

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "caveat/syntax/ast.h"
#include "caveat/types/binder.h"

namespace kith::caveat {

// The type of `expr`, bound to `variables`, or the TypeError that it has none.
// dyn goes with every type: an expression that is well typed may still fail
// with "no such overload" where it uses dyn.
absl::StatusOr<Type> Check(std::string_view text,
                           std::span<const VariableDecl> variables,
                           const Expr& expr);

}  // namespace kith::caveat
