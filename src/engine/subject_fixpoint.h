#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/components.h"
#include "engine/graph.h"
#include "engine/program.h"
#include "engine/subject_set.h"
#include "engine/value.h"

namespace kith::engine {

// The exact evaluation of a graph for all subjects at once: for each of them
// what Resolve (resolve.h) finds for one.
//
// Every node is bounded from below and above. What lies beyond the depth is
// false below and true above; an exclusion is bounded below by the upper bound
// of what it subtracts, and above by the lower one. Where the bounds of a node
// meet at a subject, that is its value whatever the order of evaluation.
//
// Components are evaluated one after the other, operands first, so that most
// nodes are evaluated once. Within a component the values are the least
// fixpoint; where it subtracts from itself, the well-founded model by
// alternating fixpoint (Van Gelder, "The alternating fixpoint of logic programs
// with negation", 1989), which may be taken component by component (Vennekens,
// Gilis and Denecker, "Splitting an operator", 2006).
class SubjectFixpoint {
 public:
  using NodeId = Graph::NodeId;

  // `leaves`: what each leaf operation is worth, by node; others do not matter.
  // The graph outlives it.
  SubjectFixpoint(const Graph& graph, std::vector<SubjectSet> leaves);

  // Afterwards the bounds of the root are known. False when `max_steps` ran
  // out: one for each operand asked for and for each subject of sets that had
  // to be merged.
  bool Run(uint64_t max_steps);

  // The root, when its bounds meet for every subject.
  bool root_is_decided() const {
    return SameValues(lower_[Graph::kRoot], upper_[Graph::kRoot]);
  }
  const SubjectSet& root() const { return lower_[Graph::kRoot]; }

 private:
  enum class Side : bool { kLower, kUpper };

  // How a component is to be evaluated.
  struct Shape {
    bool cyclic = false;
    bool subtracts_itself = false;
    bool plain_unions = true;  // its nodes, with uncapped edges between them
    bool exact_inputs = true;  // the bounds of what it is made of meet
  };

  static Side Opposite(Side side) {
    return side == Side::kLower ? Side::kUpper : Side::kLower;
  }
  std::vector<SubjectSet>& Sets(Side side) {
    return side == Side::kLower ? lower_ : upper_;
  }
  bool IsInside(NodeId id, std::span<const NodeId> component) const {
    return components_.of(id) == components_.of(component.front());
  }
  Shape ShapeOf(std::span<const NodeId> component) const;

  // All of these are false when the steps ran out.
  bool RunComponent(std::span<const NodeId> component);
  bool RunSide(std::span<const NodeId> component, const Shape& shape,
               Side side);
  bool UniteAll(std::span<const NodeId> component, Side side);
  bool Rise(std::span<const NodeId> component, Side side);
  bool Alternate(std::span<const NodeId> component);
  bool Evaluate(NodeId id, Side side, SubjectSet* set);
  bool Ask(const Graph::Operand& operand, Side side, SubjectSet* set);
  bool Combine(Op::Kind kind, std::vector<SubjectSet> parts, SubjectSet* set);
  bool Spend(uint64_t steps);

  const Graph& graph_;
  const std::vector<SubjectSet> leaves_;
  const Components components_;
  std::vector<SubjectSet> lower_;
  std::vector<SubjectSet> upper_;
  std::vector<bool> exact_;  // the bounds meet
  std::vector<bool> queued_;
  uint64_t steps_left_ = 0;
};

}  // namespace kith::engine
