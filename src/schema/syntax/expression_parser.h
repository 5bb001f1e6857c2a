#pragma once

#include "absl/status/statusor.h"
#include "schema/schema.h"
#include "schema/syntax/token_stream.h"

namespace kith::schema {

// Parses the expression of a permission at `tokens`, up to the first token
// that cannot continue it. Nested unions and intersections come out flat; no
// tree is deeper than kMaxNesting operations nor larger than
// kMaxExpressionTerms names.
absl::StatusOr<Expression> ParseExpression(TokenStream* tokens);

}  // namespace kith::schema
