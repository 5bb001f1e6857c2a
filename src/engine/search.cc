#include "engine/search.h"

#include <algorithm>
#include <utility>

#include "base/seeded_bug.h"
#include "base/status_macros.h"

namespace kith::engine {

Search::Search(const SubjectPrograms& programs, EdgeReader* reader,
               uint32_t max_depth)
    : programs_(programs), reader_(reader), max_depth_(max_depth) {}

absl::StatusOr<std::optional<Value>> Search::Run(Pc pc, ObjectId object) {
  const Op& op = programs_.op(pc);
  if (op.is_leaf()) {
    KITH_ASSIGN_OR_RETURN(const Value value, reader_->Leaf(op, object));
    return value;
  }
  undecided_ = false;
  OpenFrame(pc, object, 0, kNone);
  const NodeId root = frame().root;
  const absl::Status status = Drive();
  // After an error or without an answer, what is open is given up.
  frames_.clear();
  raised_.clear();
  KITH_RETURN_IF_ERROR(status);
  if (undecided_) return std::nullopt;
  return nodes_[root].value;
}

std::optional<Value> Search::Find(Pc pc, ObjectId object) const {
  if (pc == kNilPc) return Value::kFalse;
  const auto it = table_.find(Key(pc, object));
  if (it == table_.end() || !Usable(nodes_[it->second])) return std::nullopt;
  return nodes_[it->second].value;
}

absl::Status Search::Drive() {
  while (!frames_.empty() && !undecided_) {
    KITH_RETURN_IF_ERROR(Step());
    KITH_RETURN_IF_ERROR(PassOn());
  }
  return absl::OkStatus();
}

// Frames ---------------------------------------------------------------------

void Search::OpenFrame(Pc pc, ObjectId object, uint32_t level, NodeId waiting) {
  Frame opened;
  opened.serial = next_serial_++;
  opened.first_node = static_cast<NodeId>(nodes_.size());
  opened.waiting = waiting;
  frames_.push_back(std::move(opened));
  frame().root = Demand(pc, object, level);
}

absl::Status Search::Step() {
  Frame& current = frame();
  const Node& root = nodes_[current.root];
  const bool settled =
      root.value == Value::kTrue || root.state == State::kFinal;
  if (!settled && !current.ready.empty()) {
    const NodeId node = current.ready.back();
    current.ready.pop_back();
    return AskSubtracted(node);
  }
  if (!settled && current.head < current.queue.size()) {
    return Visit(current.queue[current.head++]);
  }
  CloseFrame();
  return absl::OkStatus();
}

absl::Status Search::Visit(NodeId id) {
  Node& node = nodes_[id];
  if (node.state != State::kQueued) return absl::OkStatus();
  if (id != frame().root && !Needed(id)) {
    node.state = State::kSkipped;
    return absl::OkStatus();
  }
  node.state = State::kExpanded;
  return Expand(id);
}

void Search::CloseFrame() {
  Frame closed = std::move(frames_.back());
  frames_.pop_back();
  const Value value = nodes_[closed.root].value;
  const bool early = value == Value::kTrue;
  if (!early && closed.cut) {
    undecided_ = true;
    return;
  }
  if (!early || IsSeeded(SeededBug::kProvisionalValueKept)) {
    for (NodeId id = closed.first_node; id < nodes_.size(); ++id) {
      Node& node = nodes_[id];
      if (node.frame == closed.serial && node.state == State::kExpanded) {
        node.state = State::kFinal;
      }
    }
  }
  // Its open and skipped nodes are given up: outer frames find their own again.
  for (const auto& [key, outer] : closed.shadowed) {
    NodeId& entry = table_[key];
    if (!Usable(nodes_[entry])) entry = outer;
  }
  if (closed.waiting != kNone) LearnSubtracted(closed.waiting, value);
}

absl::Status Search::AskSubtracted(NodeId id) {
  const Node node = nodes_[id];
  if (Decided(node)) return absl::OkStatus();
  const Pc pc = programs_.children(OpOf(node))[1];
  const auto known = table_.find(Key(pc, node.object));
  if (known != table_.end()) {
    const Node& right = nodes_[known->second];
    if (Usable(right)) {
      LearnSubtracted(id, right.value);
      return absl::OkStatus();
    }
  }
  for (const Frame& open : frames_) {
    const Node& root = nodes_[open.root];
    if (root.pc == pc && root.object == node.object) {
      undecided_ = true;  // it is subtracted, at some remove, from itself
      return absl::OkStatus();
    }
  }
  OpenFrame(pc, node.object, node.level, id);
  return absl::OkStatus();
}

void Search::LearnSubtracted(NodeId id, Value value) {
  Node& node = nodes_[id];
  node.subtracted_known = true;
  node.subtracted = value;
  if (value == Value::kTrue) {
    node.dead = true;
  } else {
    Raise(id, Minus(node.base, value));
  }
}

// Nodes ----------------------------------------------------------------------

Search::NodeId Search::Demand(Pc pc, ObjectId object, uint32_t level) {
  Frame& current = frame();
  const auto [entry, fresh] = table_.try_emplace(Key(pc, object), kNone);
  if (!fresh) {
    const NodeId id = entry->second;
    Node& node = nodes_[id];
    if (Usable(node)) return id;
    if (node.frame == current.serial) {
      node.level = std::min(node.level, level);
      const bool wake = node.state == State::kSkipped ||
                        (node.state == State::kCut && node.level <= max_depth_);
      if (wake) {
        node.state = State::kQueued;
        current.queue.push_back(id);
      }
      return id;
    }
    current.shadowed.emplace_back(entry->first, id);
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  entry->second = id;
  Node node;
  node.pc = pc;
  node.object = object;
  node.level = level;
  node.frame = current.serial;
  if (level > max_depth_) {
    node.state = State::kCut;
    current.cut = !IsSeeded(SeededBug::kDepthIsNo);
  } else {
    current.queue.push_back(id);
  }
  nodes_.push_back(node);
  return id;
}

bool Search::Needed(NodeId id) const {
  for (uint32_t at = nodes_[id].first_parent; at != kNone;
       at = links_[at].next) {
    if (!Decided(nodes_[links_[at].parent])) return true;
  }
  return false;
}

// Expansion ------------------------------------------------------------------

absl::Status Search::Expand(NodeId id) {
  const Op& op = OpOf(nodes_[id]);
  switch (op.kind) {
    case Op::Kind::kNil:
    case Op::Kind::kIdentity:
    case Op::Kind::kDirect: {
      KITH_ASSIGN_OR_RETURN(const Value value,
                            reader_->Leaf(op, nodes_[id].object));
      Raise(id, value);
      return absl::OkStatus();
    }
    case Op::Kind::kOr:
      return ExpandOr(id);
    case Op::Kind::kAnd:
      nodes_[id].operands = op.count;
      return AskNext(id);
    case Op::Kind::kMinus:
      return ExpandMinus(id);
    case Op::Kind::kUserset:
    case Op::Kind::kArrowAny:
    case Op::Kind::kArrowAll:
      return ExpandHops(id);
  }
  return absl::InternalError("unknown operation");
}

absl::Status Search::ExpandOr(NodeId id) {
  for (const Pc pc : programs_.children(OpOf(nodes_[id]))) {
    KITH_ASSIGN_OR_RETURN(const Asked child, AskSame(id, pc));
    Raise(id, child.value);
    if (child.value == Value::kTrue) break;
  }
  return absl::OkStatus();
}

absl::Status Search::ExpandMinus(NodeId id) {
  const auto children = programs_.children(OpOf(nodes_[id]));
  const Op& subtracted = programs_.op(children[1]);
  if (!subtracted.wildcard.none() &&
      IsSeeded(SeededBug::kSubtractedWildcardIgnored)) {
    LearnSubtracted(id, Value::kFalse);
  } else if (subtracted.is_leaf()) {
    // One cheap read that often makes the base unnecessary.
    KITH_ASSIGN_OR_RETURN(const Value value,
                          reader_->Leaf(subtracted, nodes_[id].object));
    LearnSubtracted(id, value);
    if (nodes_[id].dead) return absl::OkStatus();
  }
  KITH_ASSIGN_OR_RETURN(const Asked base, AskSame(id, children[0]));
  RaiseBase(id, base.value);
  return absl::OkStatus();
}

absl::Status Search::ExpandHops(NodeId id) {
  const Op& op = OpOf(nodes_[id]);
  scanned_.clear();
  KITH_RETURN_IF_ERROR(reader_->Edges(op, nodes_[id].object, &scanned_));
  if (op.kind == Op::Kind::kArrowAll) {
    Node& node = nodes_[id];
    node.first_edge = static_cast<uint32_t>(edges_.size());
    node.operands = static_cast<uint32_t>(scanned_.size());
    // All of nothing is nothing.
    node.dead = scanned_.empty() && !IsSeeded(SeededBug::kAllOfNothing);
    edges_.insert(edges_.end(), scanned_.begin(), scanned_.end());
    return AskNext(id);
  }
  const uint32_t level = nodes_[id].level + 1;
  for (const Edge& edge : scanned_) {
    const Asked child =
        AskNode(id, edge.target, edge.object, level, edge.value);
    Raise(id, child.value);
    if (child.value == Value::kTrue) break;
    if (frames_.size() > 1 && IsSeeded(SeededBug::kSubtractedSideCutShort)) {
      break;
    }
  }
  return absl::OkStatus();
}

absl::Status Search::AskNext(NodeId id) {
  while (true) {
    const Node node = nodes_[id];
    if (Decided(node) || node.asked == node.operands ||
        node.at_least_unknown < node.asked) {
      break;
    }
    ++nodes_[id].asked;
    Asked operand;
    if (OpOf(node).kind == Op::Kind::kArrowAll) {
      const Edge edge = edges_[node.first_edge + node.asked];
      operand =
          AskNode(id, edge.target, edge.object, node.level + 1, edge.value);
    } else {
      const Pc pc = programs_.children(OpOf(node))[node.asked];
      KITH_ASSIGN_OR_RETURN(operand, AskSame(id, pc));
    }
    CountOperand(id, Value::kFalse, operand.value);
    if (operand.final && operand.value == Value::kFalse) nodes_[id].dead = true;
  }
  const Node& node = nodes_[id];
  if (node.dead || node.asked < node.operands) return absl::OkStatus();
  if (node.at_least_true == node.operands) {
    Raise(id, Value::kTrue);
  } else if (node.at_least_unknown == node.operands) {
    Raise(id, Value::kUnknown);
  }
  return absl::OkStatus();
}

absl::StatusOr<Search::Asked> Search::AskSame(NodeId parent, Pc pc) {
  const Op& op = programs_.op(pc);
  const ObjectId object = nodes_[parent].object;
  if (!op.is_leaf()) {
    return AskNode(parent, pc, object, nodes_[parent].level, Value::kTrue);
  }
  KITH_ASSIGN_OR_RETURN(const Value value, reader_->Leaf(op, object));
  return Asked{value, true};
}

Search::Asked Search::AskNode(NodeId parent, Pc pc, ObjectId object,
                              uint32_t level, Value cap) {
  // No one is there, however far it is: pruned operations cost no depth.
  if (pc == kNilPc || cap == Value::kFalse) return {Value::kFalse, true};
  const NodeId id = Demand(pc, object, level);
  Node& child = nodes_[id];
  if (Usable(child)) return {And(child.value, cap), true};
  if (cap == Value::kUnknown && child.first_parent != kNone &&
      IsSeeded(SeededBug::kFirstPathAlone)) {
    return {Value::kFalse, true};
  }
  links_.push_back({parent, child.first_parent, cap});
  child.first_parent = static_cast<uint32_t>(links_.size() - 1);
  // Not `value`: what has not been passed on yet will come over the link.
  return {And(child.passed_on, cap), false};
}

// Values ---------------------------------------------------------------------

void Search::Raise(NodeId id, Value value) {
  if (value <= nodes_[id].value) return;
  nodes_[id].value = value;
  raised_.push_back(id);
}

absl::Status Search::PassOn() {
  while (!raised_.empty()) {
    const NodeId id = raised_.back();
    raised_.pop_back();
    const Value before = std::exchange(nodes_[id].passed_on, nodes_[id].value);
    const Value after = nodes_[id].value;
    if (before == after) continue;
    // Links added meanwhile come before first_parent and know `after` already.
    for (uint32_t at = nodes_[id].first_parent; at != kNone;
         at = links_[at].next) {
      const Link link = links_[at];
      KITH_RETURN_IF_ERROR(
          Contribute(link.parent, And(before, link.cap), And(after, link.cap)));
    }
  }
  return absl::OkStatus();
}

absl::Status Search::Contribute(NodeId parent, Value before, Value after) {
  switch (OpOf(nodes_[parent]).kind) {
    case Op::Kind::kAnd:
    case Op::Kind::kArrowAll:
      CountOperand(parent, before, after);
      return AskNext(parent);
    case Op::Kind::kMinus:
      RaiseBase(parent, after);
      return absl::OkStatus();
    default:
      Raise(parent, after);
      return absl::OkStatus();
  }
}

void Search::CountOperand(NodeId id, Value before, Value after) {
  Node& node = nodes_[id];
  if (before < Value::kUnknown && after >= Value::kUnknown) {
    ++node.at_least_unknown;
  }
  if (before < Value::kTrue && after == Value::kTrue) ++node.at_least_true;
}

void Search::RaiseBase(NodeId id, Value base) {
  Node& node = nodes_[id];
  if (base <= node.base) return;
  const bool first = node.base == Value::kFalse;
  node.base = base;
  if (node.subtracted_known) {
    Raise(id, Minus(base, node.subtracted));
  } else if (first) {
    frame().ready.push_back(id);
  }
}

}  // namespace kith::engine
