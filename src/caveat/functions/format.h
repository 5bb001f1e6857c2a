#pragma once

#include <string_view>

#include "caveat/eval/budget.h"
#include "caveat/eval/value.h"

namespace kith::caveat {

// `pattern` with its clauses replaced by `args` in order: %s anything, %d
// integers, %f and %e numbers with a precision (`%.3f`), %b integers and bools
// in binary, %o octal, %x and %X integers, strings and bytes in hexadecimal,
// %% a percent sign. An error value for another clause, an argument of the
// wrong kind or one that is missing. The result is paid for from `budget`.
CelValue Format(std::string_view pattern, const CelList& args, Budget& budget);

}  // namespace kith::caveat
