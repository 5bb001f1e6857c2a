#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "caveat/syntax/ast.h"
#include "caveat/types/type.h"

namespace kith::caveat {

// A variable that expressions may use. Names may have dots: `a.b` is then one
// variable wherever no macro's variable is called `a`.
struct VariableDecl {
  std::string name;
  Type type;
};

// Replaces in `expr`, an expression parsed from `text`, every name by what it
// names: a macro's variable, a variable of `variables` (by its index there) or
// a type; and finds the functions of calls. A name that is none of these is a
// TypeError if `strict`; otherwise it is added to `variables` with type dyn,
// and calls of unknown functions remain without overloads.
absl::Status Bind(std::string_view text, bool strict,
                  std::vector<VariableDecl>* variables, ExprPtr* expr);

}  // namespace kith::caveat
