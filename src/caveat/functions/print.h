#pragma once

#include <string>

#include "caveat/eval/budget.h"
#include "caveat/eval/value.h"

namespace kith::caveat {

// The shortest text that reads back as the same double; NaN, Infinity and
// -Infinity.
std::string DoubleText(double value);

// Appends `value` as %s of format() and the conversion string() show it:
// strings without quotes, lists as `[a, b]`, maps as `{k: v}` in the order of
// their keys' texts. Every byte is paid for; false: the budget is exhausted.
bool AppendText(const CelValue& value, Budget& budget, std::string* out);

// The start of the same, for messages.
std::string ShortText(const CelValue& value);

}  // namespace kith::caveat
