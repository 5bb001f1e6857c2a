#include "engine/search.h"

#include <algorithm>
#include <utility>

#include "base/seeded_bug.h"
#include "base/status_macros.h"

namespace kith::engine {
namespace {

// Of the objects that a scan found, so many are fetched ahead: those whose turn
// comes before they could be driven out again.
constexpr size_t kPrefetched = 4;

// What a thread keeps for its next search: enough for nearly all of them.
constexpr size_t kMostSpareNodes = 4096;

}  // namespace

thread_local Search::Memory Search::spare_;

// Tells what was recorded in its life from what was before and after.
class Search::Reading {
 public:
  Reading(Search* search, NodeId id)
      : search_(*search),
        id_(id),
        begin_(search->recorder_ ? search->recorder_->BeginPart() : 0) {}
  ~Reading() {
    if (search_.recorder_ == nullptr) return;
    const size_t end = search_.recorder_->dependencies().size();
    if (end == begin_) return;
    uint32_t& first = search_.node(id_).first_read;
    auto& reads = search_.memory_.reads;
    reads.push_back(
        {static_cast<uint32_t>(begin_), static_cast<uint32_t>(end), first});
    first = static_cast<uint32_t>(reads.size() - 1);
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  Search& search_;
  const NodeId id_;
  const size_t begin_;
};

Search::Search(const SubjectPrograms& programs, EdgeReader* reader,
               Containers* containers, Recorder* recorder, uint32_t max_depth)
    : programs_(programs),
      reader_(reader),
      containers_(containers),
      recorder_(recorder),
      max_depth_(max_depth),
      memory_(std::exchange(spare_, {})) {}

Search::~Search() {
  if (memory_.nodes.size() > kMostSpareNodes) return;
  memory_.nodes.clear();
  memory_.links.clear();
  memory_.asks.clear();
  memory_.reads.clear();
  memory_.operands.clear();
  memory_.edges.clear();
  memory_.table.Clear();
  spare_ = std::move(memory_);
}

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
  GiveUp();
  KITH_RETURN_IF_ERROR(status);
  if (undecided_) return std::nullopt;
  return node(root).value;
}

std::optional<Value> Search::Find(Pc pc, ObjectId object) const {
  if (pc == kNilPc) return Value::kFalse;
  const NodeId id = memory_.table.Find(pc, object);
  if (id == kNone || !Usable(node(id))) return std::nullopt;
  return node(id).value;
}

bool Search::AddTo(Support* support, Pc pc, ObjectId object) {
  const auto dependencies = recorder_->dependencies();
  bool subject_side = false;
  uint32_t farthest = 0;
  ++tellings_;
  // The first way to a node may not be the shortest: hops are at most these.
  const auto reach = [&](NodeId id, uint32_t hops) {
    Node& reached = node(id);
    if (reached.told == tellings_) return;
    reached.told = tellings_;
    reached.told_hops = hops;
    memory_.told.push_back(id);
  };
  memory_.told.clear();
  reach(memory_.table.Find(pc, object), 0);
  for (size_t i = 0; i < memory_.told.size(); ++i) {
    const Node of = node(memory_.told[i]);
    for (uint32_t at = of.first_read; at != kNone;
         at = memory_.reads[at].next) {
      const Read& read = memory_.reads[at];
      const bool all =
          support->Add(dependencies.subspan(read.begin, read.end - read.begin));
      if (!all) return false;
    }
    for (uint32_t at = of.first_asked; at != kNone;
         at = memory_.asks[at].next) {
      reach(memory_.asks[at].child, of.told_hops + memory_.asks[at].hops);
    }
    subject_side |= of.known_to_subject;
    farthest = std::max(farthest, of.told_hops + of.subject_hops);
  }
  if (farthest > max_depth_) return false;
  return !subject_side || containers_->AddTo(support);
}

absl::Status Search::Drive() {
  while (!memory_.frames.empty() && !undecided_) {
    KITH_RETURN_IF_ERROR(Step());
    KITH_RETURN_IF_ERROR(PassOn());
  }
  return absl::OkStatus();
}

// After an error or without an answer, what is open is given up.
void Search::GiveUp() {
  memory_.frames.clear();
  memory_.queue.clear();
  memory_.ready.clear();
  memory_.shadowed.clear();
  memory_.raised.clear();
}

// Frames ---------------------------------------------------------------------

void Search::OpenFrame(Pc pc, ObjectId object, uint32_t level, NodeId waiting) {
  Frame opened;
  opened.serial = next_serial_++;
  opened.first_node = static_cast<NodeId>(memory_.nodes.size());
  opened.waiting = waiting;
  opened.head = opened.first_queued = memory_.queue.size();
  opened.first_ready = memory_.ready.size();
  opened.first_shadowed = memory_.shadowed.size();
  memory_.frames.push_back(opened);
  const NodeId root = Demand(pc, object, level);
  frame().root = root;
}

absl::Status Search::Step() {
  Frame& current = frame();
  const Node& root = node(current.root);
  const bool settled =
      root.value == Value::kTrue || root.state == State::kFinal;
  if (!settled && memory_.ready.size() > current.first_ready) {
    const NodeId id = memory_.ready.back();
    memory_.ready.pop_back();
    AskSubtracted(id);
    return absl::OkStatus();
  }
  if (!settled && current.head < memory_.queue.size()) {
    return Visit(memory_.queue[current.head++]);
  }
  CloseFrame();
  return absl::OkStatus();
}

absl::Status Search::Visit(NodeId id) {
  Node& visited = node(id);
  if (visited.state != State::kQueued) return absl::OkStatus();
  if (id != frame().root && !Needed(id)) {
    visited.state = State::kSkipped;
    return absl::OkStatus();
  }
  if (KnownToSubject(id)) return absl::OkStatus();
  visited.state = State::kExpanded;
  const Reading reading(this, id);
  if (visited.begun) return ScanParts(id);
  visited.begun = true;
  return Begin(id);
}

void Search::CloseFrame() {
  const Frame closed = frame();
  memory_.frames.pop_back();
  const Value value = node(closed.root).value;
  const bool early = value == Value::kTrue;
  if (!early && closed.cut) {
    undecided_ = true;
    return;
  }
  if (!early || IsSeeded(SeededBug::kProvisionalValueKept)) {
    for (NodeId id = closed.first_node; id < memory_.nodes.size(); ++id) {
      Node& owned = node(id);
      if (owned.frame == closed.serial && owned.state == State::kExpanded) {
        owned.state = State::kFinal;
      }
    }
  }
  // Its open and skipped nodes are given up: outer frames find their own again.
  for (size_t i = closed.first_shadowed; i < memory_.shadowed.size(); ++i) {
    const Shadowed& outer = memory_.shadowed[i];
    NodeId& entry = memory_.table(outer.pc, outer.object);
    if (!Usable(node(entry))) entry = outer.node;
  }
  memory_.shadowed.resize(closed.first_shadowed);
  memory_.queue.resize(closed.first_queued);
  memory_.ready.resize(closed.first_ready);
  if (closed.waiting != kNone) LearnSubtracted(closed.waiting, value);
}

void Search::AskSubtracted(NodeId id) {
  const Node asking = node(id);
  if (Decided(asking)) return;
  const Pc pc = programs_.children(OpOf(asking))[1];
  if (const auto known = Find(pc, asking.object)) {
    if (pc != kNilPc) NoteAsked(id, memory_.table.Find(pc, asking.object), 0);
    return LearnSubtracted(id, *known);
  }
  for (const Frame& open : memory_.frames) {
    const Node& root = node(open.root);
    if (root.pc == pc && root.object == asking.object) {
      undecided_ = true;  // it is subtracted, at some remove, from itself
      return;
    }
  }
  OpenFrame(pc, asking.object, asking.level, id);
  NoteAsked(id, frame().root, 0);
}

void Search::LearnSubtracted(NodeId id, Value value) {
  Node& learning = node(id);
  learning.subtracted_known = true;
  learning.subtracted = value;
  if (value == Value::kTrue) {
    learning.dead = true;
  } else {
    Raise(id, Minus(learning.base, value));
  }
}

// Nodes ----------------------------------------------------------------------

Search::NodeId Search::Demand(Pc pc, ObjectId object, uint32_t level) {
  Frame& current = frame();
  NodeId& entry = memory_.table(pc, object);
  if (entry != kNone) {
    const NodeId id = entry;
    Node& known = node(id);
    if (Usable(known)) return id;
    if (known.frame == current.serial) {
      known.level = std::min(known.level, level);
      const bool wake =
          known.state == State::kSkipped ||
          (known.state == State::kCut && known.level <= max_depth_);
      if (wake) Enqueue(id);
      return id;
    }
    memory_.shadowed.push_back({pc, object, id});
  }
  const auto id = static_cast<NodeId>(memory_.nodes.size());
  entry = id;
  Node& made = memory_.nodes.emplace_back();
  made.pc = pc;
  made.object = object;
  made.level = level;
  made.frame = current.serial;
  if (level > max_depth_) {
    made.state = State::kCut;
    current.cut = !IsSeeded(SeededBug::kDepthIsNo);
  } else {
    Enqueue(id);
  }
  return id;
}

void Search::Enqueue(NodeId id) {
  node(id).state = State::kQueued;
  memory_.queue.push_back(id);
}

bool Search::Needed(NodeId id) const {
  for (uint32_t at = node(id).first_parent; at != kNone;
       at = memory_.links[at].next) {
    const Node& parent = node(memory_.links[at].parent);
    if (!Decided(parent) && parent.base != Value::kTrue) return true;
  }
  return false;
}

bool Search::KnownToSubject(NodeId id) {
  Node& asking = node(id);
  if (containers_ == nullptr || !programs_.is_nest(asking.pc)) return false;
  const auto answer =
      containers_->Find(asking.pc, asking.object, max_depth_ - asking.level);
  if (!answer) return false;
  asking.state = State::kFinal;
  asking.known_to_subject = true;
  asking.subject_hops = answer->hops;
  if (answer->contained) Raise(id, Value::kTrue);
  return true;
}

// Expansion ------------------------------------------------------------------

absl::Status Search::Begin(NodeId id) {
  switch (OpOf(node(id)).kind) {
    case Op::Kind::kAnd:
      return BeginAnd(id);
    case Op::Kind::kArrowAll:
      return BeginArrowAll(id);
    case Op::Kind::kMinus:
      return BeginMinus(id);
    default:
      return BeginParts(id);
  }
}

absl::Status Search::BeginParts(NodeId id) {
  const ObjectId object = node(id).object;
  const auto parts = programs_.parts(node(id).pc);
  for (const Pc leaf : parts.leaves) {
    KITH_ASSIGN_OR_RETURN(const Value value,
                          reader_->Leaf(programs_.op(leaf), object));
    if (!RaiseBy(id, value)) return absl::OkStatus();
  }
  for (const Pc other : parts.others) {
    const Asked part = AskNode(id, other, object, node(id).level, Value::kTrue);
    if (!RaiseBy(id, part.value)) return absl::OkStatus();
  }
  if (parts.scans.empty()) {
    if (containers_ != nullptr && programs_.is_nest(node(id).pc)) {
      containers_->Spend(node(id).pc, parts.leaves.size());
    }
    return absl::OkStatus();
  }
  const bool nothing_yet = parts.leaves.empty() && parts.others.empty();
  if (nothing_yet || reader_->AtHand(object)) return ScanParts(id);
  Enqueue(id);
  return absl::OkStatus();
}

absl::Status Search::ScanParts(NodeId id) {
  const Node scanning = node(id);
  if (Decided(scanning) || scanning.base == Value::kTrue) {
    return absl::OkStatus();
  }
  uint64_t read = 0;
  for (const Pc scan : programs_.parts(scanning.pc).scans) {
    memory_.scanned.clear();
    KITH_RETURN_IF_ERROR(
        reader_->Edges(programs_.op(scan), scanning.object, &memory_.scanned));
    read += 1 + memory_.scanned.size();
    const size_t near = std::min(memory_.scanned.size(), kPrefetched);
    for (size_t i = 0; i < near; ++i) {
      reader_->Prefetch(memory_.scanned[i].object);
    }
    for (const Edge& edge : memory_.scanned) {
      const Asked part =
          AskNode(id, edge.target, edge.object, scanning.level + 1, edge.value);
      if (!RaiseBy(id, part.value)) return absl::OkStatus();
      if (memory_.frames.size() > 1 &&
          IsSeeded(SeededBug::kSubtractedSideCutShort)) {
        break;
      }
    }
  }
  if (containers_ != nullptr && programs_.is_nest(scanning.pc)) {
    containers_->Spend(scanning.pc, read);
  }
  return absl::OkStatus();
}

absl::Status Search::BeginMinus(NodeId id) {
  const Op& subtracted = programs_.op(programs_.children(OpOf(node(id)))[1]);
  if (!subtracted.wildcard.none() &&
      IsSeeded(SeededBug::kSubtractedWildcardIgnored)) {
    LearnSubtracted(id, Value::kFalse);
  } else if (subtracted.is_leaf()) {
    // One cheap read that often makes the base unnecessary.
    KITH_ASSIGN_OR_RETURN(const Value value,
                          reader_->Leaf(subtracted, node(id).object));
    LearnSubtracted(id, value);
    if (node(id).dead) return absl::OkStatus();
  }
  return BeginParts(id);
}

absl::Status Search::BeginAnd(NodeId id) {
  node(id).operands = static_cast<uint32_t>(memory_.operands.size());
  memory_.operands.push_back({.count = OpOf(node(id)).count});
  return AskNext(id);
}

absl::Status Search::BeginArrowAll(NodeId id) {
  const auto first_edge = static_cast<uint32_t>(memory_.edges.size());
  KITH_RETURN_IF_ERROR(
      reader_->Edges(OpOf(node(id)), node(id).object, &memory_.edges));
  const auto count = static_cast<uint32_t>(memory_.edges.size()) - first_edge;
  // All of nothing is nothing.
  node(id).dead = count == 0 && !IsSeeded(SeededBug::kAllOfNothing);
  node(id).operands = static_cast<uint32_t>(memory_.operands.size());
  memory_.operands.push_back({.first_edge = first_edge, .count = count});
  return AskNext(id);
}

absl::Status Search::AskNext(NodeId id) {
  while (true) {
    const Node asking = node(id);
    Operands& operands = memory_.operands[asking.operands];
    if (Decided(asking) || operands.asked == operands.count ||
        operands.at_least_unknown < operands.asked) {
      break;
    }
    const uint32_t next = operands.asked++;
    Asked operand;
    if (OpOf(asking).kind == Op::Kind::kArrowAll) {
      const Edge edge = memory_.edges[operands.first_edge + next];
      operand =
          AskNode(id, edge.target, edge.object, asking.level + 1, edge.value);
    } else {
      KITH_RETURN_IF_ERROR(
          AskSame(id, programs_.children(OpOf(asking))[next], &operand));
    }
    CountOperand(id, Value::kFalse, operand.value);
    if (operand.final && operand.value == Value::kFalse) node(id).dead = true;
  }
  const Operands& operands = memory_.operands[node(id).operands];
  if (node(id).dead || operands.asked < operands.count) {
    return absl::OkStatus();
  }
  if (operands.at_least_true == operands.count) {
    Raise(id, Value::kTrue);
  } else if (operands.at_least_unknown == operands.count) {
    Raise(id, Value::kUnknown);
  }
  return absl::OkStatus();
}

absl::Status Search::AskSame(NodeId parent, Pc pc, Asked* asked) {
  const Op& op = programs_.op(pc);
  const ObjectId object = node(parent).object;
  if (op.is_leaf()) {
    asked->final = true;
    KITH_ASSIGN_OR_RETURN(asked->value, reader_->Leaf(op, object));
  } else {
    *asked = AskNode(parent, pc, object, node(parent).level, Value::kTrue);
  }
  return absl::OkStatus();
}

Search::Asked Search::AskNode(NodeId parent, Pc pc, ObjectId object,
                              uint32_t level, Value cap) {
  // No one is there, however far it is: pruned operations cost no depth.
  if (pc == kNilPc || cap == Value::kFalse) return {Value::kFalse, true};
  const uint32_t hops = level - node(parent).level;
  const NodeId id = Demand(pc, object, level);
  NoteAsked(parent, id, hops);
  Node& child = node(id);
  if (Usable(child)) return {And(child.value, cap), true};
  if (cap == Value::kUnknown && child.first_parent != kNone &&
      IsSeeded(SeededBug::kFirstPathAlone)) {
    return {Value::kFalse, true};
  }
  memory_.links.push_back({parent, child.first_parent, cap});
  child.first_parent = static_cast<uint32_t>(memory_.links.size() - 1);
  // Not `value`: what has not been passed on yet will come over the link.
  return {And(child.passed_on, cap), false};
}

void Search::NoteAsked(NodeId parent, NodeId child, uint32_t hops) {
  if (recorder_ == nullptr) return;
  uint32_t& first = node(parent).first_asked;
  memory_.asks.push_back({child, hops, first});
  first = static_cast<uint32_t>(memory_.asks.size() - 1);
}

// Values ---------------------------------------------------------------------

void Search::Raise(NodeId id, Value value) {
  if (value <= node(id).value) return;
  node(id).value = value;
  memory_.raised.push_back(id);
}

bool Search::RaiseBy(NodeId id, Value part) {
  if (part == Value::kFalse) return true;
  if (OpOf(node(id)).kind == Op::Kind::kMinus) {
    RaiseBase(id, part);
  } else {
    Raise(id, part);
  }
  return part != Value::kTrue;
}

absl::Status Search::PassOn() {
  while (!memory_.raised.empty()) {
    const NodeId id = memory_.raised.back();
    memory_.raised.pop_back();
    const Value after = node(id).value;
    const Value before = std::exchange(node(id).passed_on, after);
    if (before == after) continue;
    // Links added meanwhile come before first_parent and know `after` already.
    for (uint32_t at = node(id).first_parent; at != kNone;
         at = memory_.links[at].next) {
      const Link link = memory_.links[at];
      KITH_RETURN_IF_ERROR(
          Contribute(link.parent, And(before, link.cap), And(after, link.cap)));
    }
  }
  return absl::OkStatus();
}

absl::Status Search::Contribute(NodeId parent, Value before, Value after) {
  switch (OpOf(node(parent)).kind) {
    case Op::Kind::kAnd:
    case Op::Kind::kArrowAll: {
      const Reading reading(this, parent);
      CountOperand(parent, before, after);
      return AskNext(parent);
    }
    default:
      RaiseBy(parent, after);
      return absl::OkStatus();
  }
}

void Search::CountOperand(NodeId id, Value before, Value after) {
  Operands& operands = memory_.operands[node(id).operands];
  if (before < Value::kUnknown && after >= Value::kUnknown) {
    ++operands.at_least_unknown;
  }
  if (before < Value::kTrue && after == Value::kTrue) ++operands.at_least_true;
}

void Search::RaiseBase(NodeId id, Value base) {
  Node& raised = node(id);
  if (base <= raised.base) return;
  const bool first = raised.base == Value::kFalse;
  raised.base = base;
  if (raised.subtracted_known) {
    Raise(id, Minus(base, raised.subtracted));
  } else if (first) {
    memory_.ready.push_back(id);
  }
}

}  // namespace kith::engine
