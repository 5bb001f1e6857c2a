#pragma once

#include <string_view>

#include "differential/case.h"

namespace kith::differential {

// A case in which the servers disagreed.
struct Observation {
  const World& world;
  const Case& asked;
  const Reply& ours;
  const Reply& theirs;
  Endpoint* peer;  // to ask it again
};

// The name of the documented difference (proto/README.md) that explains all of
// the disagreement; empty: none does, and one of the servers is wrong. Each
// is a predicate on the world and both replies, as narrow as the documentation
// is; where it says that the reference contradicts itself, that is verified by
// asking it.
std::string_view KnownDifference(const Observation& observation);

}  // namespace kith::differential
