#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "engine/caveats.h"
#include "engine/edges.h"
#include "engine/engine.h"
#include "engine/graph.h"
#include "engine/program.h"
#include "engine/resolve.h"
#include "kith/trace.h"

namespace kith::engine {

// What a trace is told from: an evaluation of a whole graph, for one subject.
// Everything here outlives the telling.
struct Evaluated {
  const Evaluation& evaluation;
  const SubjectPrograms& programs;
  const Objects& objects;
  const CaveatEvaluator& caveats;
  const Graph& graph;
  const Resolution& resolution;
  const SubjectRef& subject;
};

// Levels of steps in steps. Each is two messages in one another on the wire,
// and clients read a hundred.
inline constexpr uint32_t kMaxTraceLevels = 46;

// Tells how the value of `slot` of `object`, the root of the graph, came about.
// It computes nothing: every value is the resolution's. Reads the rows that it
// names again, by `reader`. Takes the steps it tells from `steps_left`:
// RESOURCE_EXHAUSTED when none is, or beyond the reader's budget.
absl::StatusOr<TraceStep> Tell(const Evaluated& evaluated, EdgeReader* reader,
                               uint64_t* steps_left, uint32_t slot,
                               ObjectId object);

}  // namespace kith::engine
