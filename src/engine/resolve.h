#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/graph.h"
#include "engine/value.h"

namespace kith::engine {

// The exact evaluation of a graph, for what Search cannot decide: paths at the
// depth limit and exclusions that depend on themselves; and for answers about
// every node instead of the root alone.
//
// Every value is bounded from below and above: the well-founded model by
// alternating fixpoint (Van Gelder, "The alternating fixpoint of logic programs
// with negation", 1989). What lies beyond the depth is false in the lower bound
// and true in the upper. Where the bounds meet, that is the value whatever the
// order of evaluation; where they do not, the question has no answer within
// the limits.

// What is known of the value of a node.
struct Bounds {
  Value lower = Value::kFalse;
  Value upper = Value::kTrue;

  bool decided() const { return lower == upper; }
  bool is(Value value) const { return lower == value && upper == value; }
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

// What the leaves of the graph are worth, by node; kFalse for all other nodes
// and for those beyond the depth.
absl::StatusOr<std::vector<Value>> ReadLeaves(const Graph& graph,
                                              EdgeReader* reader);

struct Resolution {
  std::vector<Bounds> bounds;  // by node
  // When a node's lower bound last rose, by node: what it rose by did so
  // before. 0: it is kFalse.
  std::vector<uint64_t> rose;
};

// Bounds for every node. Ends when the root is found true or false, or nothing
// changes any more; in the first case bounds of other nodes may be wider than
// they would become.
//
// Cost: the graph's size times the alternations (two for data without recursion
// through exclusion). RESOURCE_EXHAUSTED after `max_steps` rises of a value.
absl::StatusOr<Resolution> Resolve(const Graph& graph,
                                   std::span<const Value> leaves,
                                   uint64_t max_steps);

// The error of a root whose bounds do not meet: FAILED_PRECONDITION
// MAXIMUM_DEPTH_EXCEEDED, with a message that tells depth from recursion
// through exclusion, and tells the `path` on which the answer gets lost if it
// is not empty.
absl::Status NoAnswer(const Graph& graph, uint32_t max_depth,
                      std::string_view path = {});

}  // namespace kith::engine
