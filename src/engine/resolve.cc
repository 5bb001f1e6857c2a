#include "engine/resolve.h"

#include <deque>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

using NodeId = uint32_t;

// Everything in reach of the root: nodes as in Search, with all their operands.
struct Node {
  Pc pc = kNilPc;
  ObjectId object = 0;
  uint32_t level = 0;
  bool expanded = false;
  bool cut = false;            // beyond the depth: false below, true above
  Value leaf = Value::kFalse;  // of a leaf operation
  uint32_t operand_count = 0;
};

// `child` is an operand of `parent`. For kMinus, `subtracted` is the second.
struct Link {
  NodeId parent;
  Value cap;
  bool subtracted;
};

class Graph {
 public:
  Graph(const SubjectPrograms& programs, EdgeReader* reader, uint32_t max_depth)
      : programs_(programs), reader_(reader), max_depth_(max_depth) {}

  absl::Status Explore(Pc pc, ObjectId object) {
    Reach(pc, object, 0);
    while (!queue_.empty()) {
      const NodeId id = queue_.front();
      queue_.pop_front();
      if (nodes_[id].expanded) continue;
      if (nodes_[id].level > max_depth_) {
        nodes_[id].cut = true;
        any_cut_ = true;
        continue;
      }
      nodes_[id].expanded = true;
      nodes_[id].cut = false;
      KITH_RETURN_IF_ERROR(Expand(id));
    }
    return absl::OkStatus();
  }

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Link>& parents(NodeId id) const { return parents_[id]; }
  Op::Kind kind(NodeId id) const { return programs_.op(nodes_[id].pc).kind; }
  bool any_cut() const { return any_cut_; }

 private:
  // Breadth first over hops; steps on the same object cost none and go first,
  // so that a node is expanded at its shortest distance.
  NodeId Reach(Pc pc, ObjectId object, uint32_t level) {
    const uint64_t key = static_cast<uint64_t>(pc) << 32 | object;
    const auto [it, fresh] =
        index_.try_emplace(key, static_cast<NodeId>(nodes_.size()));
    const NodeId id = it->second;
    if (fresh) {
      nodes_.push_back({.pc = pc, .object = object, .level = level});
      parents_.emplace_back();
    } else if (nodes_[id].expanded || nodes_[id].level <= level) {
      return id;
    }
    nodes_[id].level = level;
    return Enqueue(id);
  }

  NodeId Enqueue(NodeId id) {
    if (nodes_[id].level == expanding_level_) {
      queue_.push_front(id);
    } else {
      queue_.push_back(id);
    }
    return id;
  }

  absl::Status Expand(NodeId id) {
    const Op& op = programs_.op(nodes_[id].pc);
    const ObjectId object = nodes_[id].object;
    const uint32_t level = nodes_[id].level;
    expanding_level_ = level;
    if (op.is_leaf()) {
      KITH_ASSIGN_OR_RETURN(nodes_[id].leaf, reader_->Leaf(op, object));
      return absl::OkStatus();
    }
    if (op.kind == Op::Kind::kOr || op.kind == Op::Kind::kAnd ||
        op.kind == Op::Kind::kMinus) {
      bool subtracted = false;
      for (const Pc pc : programs_.children(op)) {
        const NodeId child = Reach(pc, object, level);
        parents_[child].push_back({id, Value::kTrue, subtracted});
        subtracted = op.kind == Op::Kind::kMinus;
      }
      nodes_[id].operand_count = op.count;
      return absl::OkStatus();
    }
    edges_.clear();
    KITH_RETURN_IF_ERROR(reader_->Edges(op, object, &edges_));
    for (const Edge& edge : edges_) {
      // Pruned operations cost no depth: no one is there, however far.
      const uint32_t hop = edge.target == kNilPc ? 0 : 1;
      const NodeId child = Reach(edge.target, edge.object, level + hop);
      parents_[child].push_back({id, edge.value, false});
    }
    nodes_[id].operand_count = static_cast<uint32_t>(edges_.size());
    return absl::OkStatus();
  }

  const SubjectPrograms& programs_;
  EdgeReader* const reader_;
  const uint32_t max_depth_;
  std::vector<Node> nodes_;
  std::vector<std::vector<Link>> parents_;
  absl::flat_hash_map<uint64_t, NodeId> index_;
  std::deque<NodeId> queue_;
  std::vector<Edge> edges_;
  uint32_t expanding_level_ = 0;
  bool any_cut_ = false;
};

// The least fixpoint of a graph in which the subtracted sides of exclusions are
// given: from below, every value rises until nothing changes.
class LeastFixpoint {
 public:
  // `subtracted` holds a value for every node; empty: all true.
  LeastFixpoint(const Graph& graph, const std::vector<Value>& subtracted,
                Value beyond_depth)
      : graph_(graph),
        subtracted_(subtracted),
        values_(graph.nodes().size(), Value::kFalse),
        passed_on_(values_),
        counts_(graph.nodes().size()),
        limits_(graph.nodes().size(), Value::kTrue),
        beyond_depth_(beyond_depth) {}

  // False when `steps` ran out.
  bool Run(uint64_t* steps) {
    FindLimits();
    for (NodeId id = 0; id < values_.size(); ++id) {
      const Node& node = graph_.nodes()[id];
      Raise(id, node.cut ? beyond_depth_ : node.leaf);
    }
    while (!risen_.empty()) {
      if (*steps == 0) return false;
      --*steps;
      const NodeId id = risen_.back();
      risen_.pop_back();
      const Value after = values_[id];
      const Value before = std::exchange(passed_on_[id], after);
      for (const Link& link : graph_.parents(id)) {
        if (link.subtracted) continue;
        Contribute(link.parent, And(before, link.cap), And(after, link.cap));
      }
    }
    return true;
  }

  std::vector<Value> TakeValues() { return std::move(values_); }

 private:
  struct Counts {
    uint32_t at_least_unknown = 0;
    uint32_t at_least_true = 0;
  };

  // What an exclusion can be at most: the complement of its subtracted side.
  void FindLimits() {
    for (NodeId id = 0; id < values_.size(); ++id) {
      const Value value = subtracted_.empty() ? Value::kTrue : subtracted_[id];
      for (const Link& link : graph_.parents(id)) {
        if (link.subtracted) limits_[link.parent] = Not(value);
      }
    }
  }

  void Raise(NodeId id, Value value) {
    if (value <= values_[id]) return;
    values_[id] = value;
    risen_.push_back(id);
  }

  void Contribute(NodeId parent, Value before, Value after) {
    switch (graph_.kind(parent)) {
      case Op::Kind::kMinus:
        Raise(parent, And(after, limits_[parent]));
        break;
      case Op::Kind::kAnd:
      case Op::Kind::kArrowAll:
        CountOperand(parent, before, after);
        break;
      default:
        Raise(parent, after);
        break;
    }
  }

  void CountOperand(NodeId parent, Value before, Value after) {
    Counts& counts = counts_[parent];
    if (before < Value::kUnknown && after >= Value::kUnknown) {
      ++counts.at_least_unknown;
    }
    if (before < Value::kTrue && after == Value::kTrue) ++counts.at_least_true;
    const uint32_t operands = graph_.nodes()[parent].operand_count;
    if (counts.at_least_true == operands) {
      Raise(parent, Value::kTrue);
    } else if (counts.at_least_unknown == operands) {
      Raise(parent, Value::kUnknown);
    }
  }

  const Graph& graph_;
  const std::vector<Value>& subtracted_;
  std::vector<Value> values_;
  std::vector<Value> passed_on_;  // what the parents know of values_
  std::vector<Counts> counts_;
  std::vector<Value> limits_;
  const Value beyond_depth_;
  std::vector<NodeId> risen_;
};

absl::Status NoAnswer(bool any_cut, uint32_t max_depth) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, ErrorReason::kMaximumDepthExceeded,
      any_cut ? fmt::format("the check reached the maximum depth of {} hops "
                            "before it was decided; this may be a cycle in "
                            "the relationships",
                            max_depth)
              : std::string("recursion through exclusion: the permission is "
                            "subtracted from itself by a cycle in the "
                            "relationships"));
}

}  // namespace

absl::StatusOr<Value> Resolve(const SubjectPrograms& programs,
                              EdgeReader* reader, uint32_t max_depth,
                              uint64_t max_steps, Pc pc, ObjectId object) {
  Graph graph(programs, reader, max_depth);
  KITH_RETURN_IF_ERROR(graph.Explore(pc, object));
  std::vector<Value> upper;  // empty: all true
  std::vector<Value> lower;
  while (true) {
    LeastFixpoint below(graph, upper, Value::kFalse);
    if (!below.Run(&max_steps)) break;
    std::vector<Value> raised = below.TakeValues();
    LeastFixpoint above(graph, raised, Value::kTrue);
    if (!above.Run(&max_steps)) break;
    upper = above.TakeValues();
    constexpr NodeId kRoot = 0;
    if (raised[kRoot] == upper[kRoot]) return upper[kRoot];
    if (raised == lower) return NoAnswer(graph.any_cut(), max_depth);
    lower = std::move(raised);
  }
  return absl::ResourceExhaustedError(
      "the check needed too many steps to resolve recursion through exclusion");
}

}  // namespace kith::engine
