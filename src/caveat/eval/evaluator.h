#pragma once

#include <span>

#include "caveat/eval/budget.h"
#include "caveat/eval/value.h"
#include "caveat/syntax/ast.h"

namespace kith::caveat {

// Evaluates a bound expression. `variables` holds for each slot its value, or
// null when it was not given: what depends on it is an unknown. &&, || and ?:
// need only as much as decides them, and turn down errors and unknowns that
// do not matter; an unknown that might matter wins over an error. All else
// fails when a part fails, and is unknown when a part is unknown.
//
// Gives a value, an unknown or an error. What it gives means nothing once the
// budget is exhausted. Recurses as deep as the expression is high.
CelValue Evaluate(const Expr& expr, std::span<const CelValue* const> variables,
                  Budget& budget);

}  // namespace kith::caveat
