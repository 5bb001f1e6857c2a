#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "caveat/expression.h"

namespace kith::caveat {

// A variable of an expression under test.
struct Given {
  std::string name;
  std::string type;
  std::optional<CelValue> value;  // nullopt: declared, and missing
};

// What comes of `expression`, as text: its value as %s shows it, `unknown(a,
// b)` with the missing variables, `error: message` when evaluation fails, or
// `invalid: message` when it does not compile.
std::string Outcome(std::string_view expression,
                    const std::vector<Given>& given = {},
                    const ExpressionOptions& options = {});

}  // namespace kith::caveat
