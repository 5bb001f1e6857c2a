#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "engine/components.h"
#include "engine/graph.h"
#include "engine/program.h"
#include "engine/value.h"

namespace kith::engine {

// The exact evaluation of a graph, in a type T of values: a Value for one
// subject, a SubjectSet for all of them at once. T has Or, And and Minus, is
// made from a Value, starts as false, and says with WorkOf what an operation
// cost beyond asking and with SameValues whether two are equal to a reader.
//
// Every node is bounded from below and above. What lies beyond the depth is
// false below and true above; an exclusion is bounded below by the upper bound
// of what it subtracts, and above by the lower one. Where the bounds of a node
// meet, that is its value whatever the order of evaluation.
//
// Components are evaluated one after the other, operands first, so that most
// nodes are evaluated once. Within a component the values are the least
// fixpoint; where it subtracts from itself, the well-founded model by
// alternating fixpoint (Van Gelder, "The alternating fixpoint of logic programs
// with negation", 1989), which may be taken component by component (Vennekens,
// Gilis and Denecker, "Splitting an operator", 2006).
template <typename T>
class Fixpoint {
 public:
  using NodeId = Graph::NodeId;

  // `leaves`: what each leaf operation is worth, by node; others do not matter.
  // The graph outlives it.
  Fixpoint(const Graph& graph, std::vector<T> leaves)
      : graph_(graph),
        leaves_(std::move(leaves)),
        components_(graph),
        lower_(graph.size()),
        upper_(graph.size()),
        exact_(graph.size(), false),
        queued_(graph.size(), false) {}

  // Afterwards the bounds of all nodes are known; where the root's component
  // alternates, only until the root is decided. False when `max_steps` ran out:
  // one for each operand asked for, and what WorkOf adds.
  bool Run(uint64_t max_steps) {
    steps_left_ = max_steps;
    for (size_t i = 0; i < components_.count(); ++i) {
      if (!RunComponent(components_[i])) return false;
    }
    return true;
  }

  const T& lower(NodeId id) const { return lower_[id]; }
  const T& upper(NodeId id) const { return upper_[id]; }
  bool root_is_decided() const {
    return SameValues(lower_[Graph::kRoot], upper_[Graph::kRoot]);
  }

 private:
  enum class Side : bool { kLower, kUpper };

  static Side Opposite(Side side) {
    return side == Side::kLower ? Side::kUpper : Side::kLower;
  }
  std::vector<T>& Values(Side side) {
    return side == Side::kLower ? lower_ : upper_;
  }
  bool IsInside(NodeId id, std::span<const NodeId> component) const {
    return components_.of(id) == components_.of(component.front());
  }

  // What the edges of a component say of how it is to be evaluated.
  struct Shape {
    bool cyclic = false;
    bool subtracts_itself = false;
    bool plain_unions = true;   // its nodes, with uncapped edges between them
    bool exact_inputs = true;
  };

  Shape ShapeOf(std::span<const NodeId> component) const {
    Shape shape;
    for (const NodeId id : component) {
      const Op::Kind kind = graph_.op(id).kind;
      shape.plain_unions &= kind == Op::Kind::kOr ||
                            kind == Op::Kind::kUserset ||
                            kind == Op::Kind::kArrowAny;
      shape.exact_inputs &= !graph_.node(id).cut;
      for (const Graph::Operand& operand : graph_.operands(id)) {
        if (!IsInside(operand.child, component)) {
          shape.exact_inputs &= exact_[operand.child];
          continue;
        }
        shape.cyclic = true;
        shape.subtracts_itself |= operand.subtracted;
        shape.plain_unions &= operand.cap == Value::kTrue;
      }
    }
    return shape;
  }

  bool RunComponent(std::span<const NodeId> component) {
    const Shape shape = ShapeOf(component);
    if (shape.subtracts_itself) return Alternate(component);
    if (!RunSide(component, shape, Side::kLower)) return false;
    if (!shape.exact_inputs) {
      if (!RunSide(component, shape, Side::kUpper)) return false;
    }
    for (const NodeId id : component) {
      if (shape.exact_inputs) upper_[id] = lower_[id];
      exact_[id] = shape.exact_inputs || lower_[id] == upper_[id];
    }
    return true;
  }

  bool RunSide(std::span<const NodeId> component, const Shape& shape,
               Side side) {
    if (!shape.cyclic) {
      const NodeId id = component.front();
      return Evaluate(id, side, &Values(side)[id]);
    }
    if (shape.plain_unions) return UniteAll(component, side);
    return Rise(component, side);
  }

  // Nodes that are unions of each other are all the same set.
  bool UniteAll(std::span<const NodeId> component, Side side) {
    std::vector<T> parts;
    for (const NodeId id : component) {
      for (const Graph::Operand& operand : graph_.operands(id)) {
        if (IsInside(operand.child, component)) continue;
        if (!Ask(operand, side, &parts.emplace_back())) return false;
      }
    }
    T all = T(Value::kFalse);
    if (!Combine(Op::Kind::kOr, std::move(parts), &all)) return false;
    for (const NodeId id : component) Values(side)[id] = all;
    return true;
  }

  // The least fixpoint on one side: from below, every value rises until nothing
  // changes.
  bool Rise(std::span<const NodeId> component, Side side) {
    std::vector<T>& values = Values(side);
    std::deque<NodeId> queue(component.begin(), component.end());
    for (const NodeId id : component) {
      values[id] = T(Value::kFalse);
      queued_[id] = true;
    }
    while (!queue.empty()) {
      const NodeId id = queue.front();
      queue.pop_front();
      queued_[id] = false;
      T value = T(Value::kFalse);
      if (!Evaluate(id, side, &value)) return false;
      if (value == values[id]) continue;
      values[id] = std::move(value);
      for (const Graph::Parent& parent : graph_.parents(id)) {
        if (queued_[parent.node] || !IsInside(parent.node, component) ||
            graph_.operands(parent.node)[parent.operand].subtracted) {
          continue;
        }
        queued_[parent.node] = true;
        queue.push_back(parent.node);
      }
    }
    return true;
  }

  bool Alternate(std::span<const NodeId> component) {
    const bool has_root = IsInside(Graph::kRoot, component);
    for (const NodeId id : component) upper_[id] = T(Value::kTrue);
    std::vector<T> before(component.size(), T(Value::kFalse));
    for (bool first = true, risen = true; risen; first = false) {
      if (!Rise(component, Side::kLower)) return false;
      risen = first;
      for (size_t i = 0; i < component.size(); ++i) {
        risen |= !(before[i] == lower_[component[i]]);
        before[i] = lower_[component[i]];
      }
      if (!risen) break;
      if (!Rise(component, Side::kUpper)) return false;
      if (has_root && root_is_decided()) break;
    }
    for (const NodeId id : component) exact_[id] = lower_[id] == upper_[id];
    return true;
  }

  bool Evaluate(NodeId id, Side side, T* value) {
    if (graph_.node(id).cut) {
      *value = T(side == Side::kLower ? Value::kFalse : Value::kTrue);
      return true;
    }
    const Op& op = graph_.op(id);
    if (op.is_leaf()) {
      *value = leaves_[id];
      return true;
    }
    std::vector<T> parts;
    parts.reserve(graph_.operands(id).size());
    for (const Graph::Operand& operand : graph_.operands(id)) {
      if (!Ask(operand, side, &parts.emplace_back())) return false;
    }
    return Combine(op.kind, std::move(parts), value);
  }

  bool Ask(const Graph::Operand& operand, Side side, T* value) {
    const T& child =
        Values(operand.subtracted ? Opposite(side) : side)[operand.child];
    if (operand.cap == Value::kTrue) {
      *value = child;
      return Spend(1);
    }
    const T cap(operand.cap);
    *value = And(child, cap);
    return Spend(1 + WorkOf(*value, child, cap));
  }

  // In pairs, so that many small sets are not merged into a big one one by one.
  // Of nothing: false, also for intersections: all of nothing is nothing.
  bool Combine(Op::Kind kind, std::vector<T> parts, T* value) {
    while (parts.size() > 1) {
      const size_t pairs = parts.size() / 2;
      for (size_t i = 0; i < pairs; ++i) {
        T made = Apply(kind, parts[2 * i], parts[2 * i + 1]);
        if (!Spend(WorkOf(made, parts[2 * i], parts[2 * i + 1]))) return false;
        parts[i] = std::move(made);
      }
      if (parts.size() % 2 != 0) parts[pairs] = std::move(parts.back());
      parts.resize((parts.size() + 1) / 2);
    }
    *value = parts.empty() ? T(Value::kFalse) : std::move(parts.front());
    return true;
  }

  static T Apply(Op::Kind kind, const T& a, const T& b) {
    switch (kind) {
      case Op::Kind::kMinus:
        return Minus(a, b);
      case Op::Kind::kAnd:
      case Op::Kind::kArrowAll:
        return And(a, b);
      default:
        return Or(a, b);
    }
  }

  bool Spend(uint64_t steps) {
    if (steps > steps_left_) return false;
    steps_left_ -= steps;
    return true;
  }

  const Graph& graph_;
  const std::vector<T> leaves_;
  const Components components_;
  std::vector<T> lower_;
  std::vector<T> upper_;
  std::vector<bool> exact_;  // the bounds meet
  std::vector<bool> queued_;
  uint64_t steps_left_ = 0;
};

// One subject: an operation is done when it is asked for.
inline uint64_t WorkOf(Value, Value, Value) { return 0; }
inline bool SameValues(Value a, Value b) { return a == b; }

}  // namespace kith::engine
