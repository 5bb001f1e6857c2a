#pragma once

#include <compare>
#include <optional>

#include "caveat/eval/budget.h"
#include "caveat/eval/value.h"

namespace kith::caveat {

// Equality of any two values: those of different kinds are unequal, save that
// numbers are compared by value and NaN equals nothing. Lists and maps may
// share parts so that they are exponentially larger than their memory: each
// pair looked at takes a step, and an exhausted budget gives false.
bool Equal(const CelValue& a, const CelValue& b, Budget& budget);

// The order of numbers (of any kinds), booleans, strings, bytes, durations and
// timestamps; unordered for NaN. nullopt: these two have no order. An integer
// is compared with a double as a double.
std::optional<std::partial_ordering> Compare(const CelValue& a,
                                             const CelValue& b);

// FindKey, paid for; nullptr also when the budget is exhausted.
const CelValue* FindPaid(const CelMap& map, const CelValue& key,
                         Budget& budget);

// `element in list`.
bool Contains(const CelList& list, const CelValue& element, Budget& budget);

}  // namespace kith::caveat
