#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "engine/edges.h"
#include "engine/program.h"
#include "engine/value.h"

namespace kith::engine {

// The exact evaluation, for what Search cannot decide: paths at the depth limit
// and exclusions that depend on themselves.
//
// It reads everything within `max_depth` hops of the root, without short cuts,
// and then bounds every value from below and above: the well-founded model by
// alternating fixpoint (Van Gelder, "The alternating fixpoint of logic programs
// with negation", 1989). What lies beyond the depth is false in the lower bound
// and true in the upper. Where the bounds of the root meet, that is the answer
// whatever the order of evaluation; where they do not, the question has no
// answer within the limits: FAILED_PRECONDITION MAXIMUM_DEPTH_EXCEEDED, with a
// message that tells depth from recursion through exclusion.
//
// Cost: all relationships in reach, times the alternations (two for data
// without recursion through exclusion). RESOURCE_EXHAUSTED beyond the reader's
// budget, or after `max_steps` rises of a value.
absl::StatusOr<Value> Resolve(const SubjectPrograms& programs,
                              EdgeReader* reader, uint32_t max_depth,
                              uint64_t max_steps, Pc pc, ObjectId object);

}  // namespace kith::engine
