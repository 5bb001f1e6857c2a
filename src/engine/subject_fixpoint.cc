#include "engine/subject_fixpoint.h"

#include <deque>
#include <utility>

namespace kith::engine {
namespace {

SubjectSet Apply(Op::Kind kind, const SubjectSet& a, const SubjectSet& b) {
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

}  // namespace

SubjectFixpoint::SubjectFixpoint(const Graph& graph,
                                 std::vector<SubjectSet> leaves)
    : graph_(graph),
      leaves_(std::move(leaves)),
      components_(graph),
      lower_(graph.size()),
      upper_(graph.size()),
      exact_(graph.size(), false),
      queued_(graph.size(), false) {}

bool SubjectFixpoint::Run(uint64_t max_steps) {
  steps_left_ = max_steps;
  for (size_t i = 0; i < components_.count(); ++i) {
    if (!RunComponent(components_[i])) return false;
  }
  return true;
}

SubjectFixpoint::Shape SubjectFixpoint::ShapeOf(
    std::span<const NodeId> component) const {
  Shape shape;
  for (const NodeId id : component) {
    const Op::Kind kind = graph_.op(id).kind;
    shape.plain_unions &= kind == Op::Kind::kOr || kind == Op::Kind::kUserset ||
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

bool SubjectFixpoint::RunComponent(std::span<const NodeId> component) {
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

bool SubjectFixpoint::RunSide(std::span<const NodeId> component,
                              const Shape& shape, Side side) {
  if (!shape.cyclic) {
    const NodeId id = component.front();
    return Evaluate(id, side, &Sets(side)[id]);
  }
  if (shape.plain_unions) return UniteAll(component, side);
  return Rise(component, side);
}

// Nodes that are unions of each other are all the same set.
bool SubjectFixpoint::UniteAll(std::span<const NodeId> component, Side side) {
  std::vector<SubjectSet> parts;
  for (const NodeId id : component) {
    for (const Graph::Operand& operand : graph_.operands(id)) {
      if (IsInside(operand.child, component)) continue;
      if (!Ask(operand, side, &parts.emplace_back())) return false;
    }
  }
  SubjectSet all;
  if (!Combine(Op::Kind::kOr, std::move(parts), &all)) return false;
  for (const NodeId id : component) Sets(side)[id] = all;
  return true;
}

// The least fixpoint on one side: from below, every set rises until nothing
// changes.
bool SubjectFixpoint::Rise(std::span<const NodeId> component, Side side) {
  std::vector<SubjectSet>& sets = Sets(side);
  std::deque<NodeId> queue(component.begin(), component.end());
  for (const NodeId id : component) {
    sets[id] = SubjectSet();
    queued_[id] = true;
  }
  while (!queue.empty()) {
    const NodeId id = queue.front();
    queue.pop_front();
    queued_[id] = false;
    SubjectSet set;
    if (!Evaluate(id, side, &set)) return false;
    if (set == sets[id]) continue;
    sets[id] = std::move(set);
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

bool SubjectFixpoint::Alternate(std::span<const NodeId> component) {
  const bool has_root = IsInside(Graph::kRoot, component);
  for (const NodeId id : component) upper_[id] = SubjectSet(Value::kTrue);
  std::vector<SubjectSet> before(component.size());
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

bool SubjectFixpoint::Evaluate(NodeId id, Side side, SubjectSet* set) {
  if (graph_.node(id).cut) {
    *set = SubjectSet(side == Side::kLower ? Value::kFalse : Value::kTrue);
    return true;
  }
  const Op& op = graph_.op(id);
  if (op.is_leaf()) {
    *set = leaves_[id];
    return true;
  }
  std::vector<SubjectSet> parts;
  parts.reserve(graph_.operands(id).size());
  for (const Graph::Operand& operand : graph_.operands(id)) {
    if (!Ask(operand, side, &parts.emplace_back())) return false;
  }
  return Combine(op.kind, std::move(parts), set);
}

bool SubjectFixpoint::Ask(const Graph::Operand& operand, Side side,
                          SubjectSet* set) {
  const SubjectSet& child =
      Sets(operand.subtracted ? Opposite(side) : side)[operand.child];
  if (operand.cap == Value::kTrue) {
    *set = child;
    return Spend(1);
  }
  const SubjectSet cap(operand.cap);
  *set = And(child, cap);
  return Spend(1 + WorkOf(*set, child, cap));
}

// In pairs, so that many small sets are not merged into a big one one by one.
// Of nothing: false, also for intersections: all of nothing is nothing.
bool SubjectFixpoint::Combine(Op::Kind kind, std::vector<SubjectSet> parts,
                              SubjectSet* set) {
  while (parts.size() > 1) {
    const size_t pairs = parts.size() / 2;
    for (size_t i = 0; i < pairs; ++i) {
      SubjectSet made = Apply(kind, parts[2 * i], parts[2 * i + 1]);
      if (!Spend(WorkOf(made, parts[2 * i], parts[2 * i + 1]))) return false;
      parts[i] = std::move(made);
    }
    if (parts.size() % 2 != 0) parts[pairs] = std::move(parts.back());
    parts.resize((parts.size() + 1) / 2);
  }
  *set = parts.empty() ? SubjectSet() : std::move(parts.front());
  return true;
}

bool SubjectFixpoint::Spend(uint64_t steps) {
  if (steps > steps_left_) return false;
  steps_left_ -= steps;
  return true;
}

}  // namespace kith::engine
