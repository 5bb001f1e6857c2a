#pragma once

#include <string>
#include <utility>

#include "caveat/functions/registry.h"

// What functions give back.

namespace kith::caveat {

// After the budget said no; the message is never seen.
inline CelValue OverBudget() { return CelValue::Error("over the budget"); }

// A string of the call's making, paid for here: for results that are at most
// a few times as long as an argument. Longer ones are paid before.
inline CelValue NewString(const Invocation& call, std::string text) {
  if (!call.budget.Bytes(text.size())) return OverBudget();
  return CelValue::String(std::move(text));
}

inline CelValue NewList(const Invocation& call, CelList elements) {
  if (!call.budget.Bytes(elements.size() * sizeof(CelValue))) {
    return OverBudget();
  }
  return CelValue::List(std::move(elements));
}

}  // namespace kith::caveat
