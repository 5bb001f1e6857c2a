#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "caveat/limits.h"
#include "caveat/syntax/ast.h"

namespace kith::caveat {

// Parses the whole of `text`, the grammar of CEL without messages and
// optional syntax, and expands the macros. Nothing in the result refers to
// `text`. Fails with a SyntaxError, also where a limit is exceeded.
absl::StatusOr<ExprPtr> Parse(std::string_view text, const Limits& limits);

}  // namespace kith::caveat
