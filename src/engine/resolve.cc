#include "engine/resolve.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"
#include "fmt/format.h"

namespace kith::engine {
namespace {

using NodeId = Graph::NodeId;

// The least fixpoint of a graph in which the subtracted sides of exclusions are
// given: from below, every value rises until nothing changes.
class LeastFixpoint {
 public:
  // `subtracted` holds a value for every node; empty: all true.
  LeastFixpoint(const Graph& graph, std::span<const Value> leaves,
                const std::vector<Value>& subtracted, Value beyond_depth)
      : graph_(graph),
        leaves_(leaves),
        subtracted_(subtracted),
        values_(graph.size(), Value::kFalse),
        rose_(graph.size(), 0),
        passed_on_(values_),
        counts_(graph.size()),
        limits_(graph.size(), Value::kTrue),
        beyond_depth_(beyond_depth) {}

  // False when `steps` ran out.
  bool Run(uint64_t* steps) {
    FindLimits();
    for (NodeId id = 0; id < values_.size(); ++id) {
      Raise(id, graph_.node(id).cut ? beyond_depth_ : leaves_[id]);
    }
    while (!risen_.empty()) {
      if (*steps == 0) return false;
      --*steps;
      const NodeId id = risen_.back();
      risen_.pop_back();
      const Value after = values_[id];
      const Value before = std::exchange(passed_on_[id], after);
      for (const Graph::Parent& parent : graph_.parents(id)) {
        const auto& operand = graph_.operands(parent.node)[parent.operand];
        if (operand.subtracted) continue;
        Contribute(parent.node, And(before, operand.cap),
                   And(after, operand.cap));
      }
    }
    return true;
  }

  std::vector<Value> TakeValues() { return std::move(values_); }
  std::vector<uint64_t> TakeRose() { return std::move(rose_); }

 private:
  struct Counts {
    uint32_t at_least_unknown = 0;
    uint32_t at_least_true = 0;
  };

  // What an exclusion can be at most: the complement of its subtracted side.
  void FindLimits() {
    for (NodeId id = 0; id < values_.size(); ++id) {
      for (const Graph::Operand& operand : graph_.operands(id)) {
        if (!operand.subtracted) continue;
        limits_[id] = Not(subtracted_.empty() ? Value::kTrue
                                              : subtracted_[operand.child]);
      }
    }
  }

  void Raise(NodeId id, Value value) {
    if (value <= values_[id]) return;
    values_[id] = value;
    rose_[id] = ++rises_;
    risen_.push_back(id);
  }

  void Contribute(NodeId parent, Value before, Value after) {
    switch (graph_.op(parent).kind) {
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
    const uint32_t operands = graph_.node(parent).operand_count;
    if (counts.at_least_true == operands) {
      Raise(parent, Value::kTrue);
    } else if (counts.at_least_unknown == operands) {
      Raise(parent, Value::kUnknown);
    }
  }

  const Graph& graph_;
  const std::span<const Value> leaves_;
  const std::vector<Value>& subtracted_;
  std::vector<Value> values_;
  std::vector<uint64_t> rose_;    // the number of the rise to that value
  std::vector<Value> passed_on_;  // what the parents know of values_
  std::vector<Counts> counts_;
  std::vector<Value> limits_;
  const Value beyond_depth_;
  std::vector<NodeId> risen_;
  uint64_t rises_ = 0;
};

std::vector<Bounds> Pair(const std::vector<Value>& lower,
                         const std::vector<Value>& upper) {
  std::vector<Bounds> bounds(lower.size());
  for (size_t i = 0; i < bounds.size(); ++i) bounds[i] = {lower[i], upper[i]};
  return bounds;
}

}  // namespace

absl::StatusOr<std::vector<Value>> ReadLeaves(const Graph& graph,
                                              EdgeReader* reader) {
  std::vector<Value> values(graph.size(), Value::kFalse);
  for (NodeId id = 0; id < graph.size(); ++id) {
    if (graph.node(id).cut || !graph.op(id).is_leaf()) continue;
    KITH_ASSIGN_OR_RETURN(values[id],
                          reader->Leaf(graph.op(id), graph.node(id).object));
  }
  return values;
}

absl::StatusOr<Resolution> Resolve(const Graph& graph,
                                   std::span<const Value> leaves,
                                   uint64_t max_steps) {
  std::vector<Value> upper;  // empty: all true
  std::vector<Value> lower;
  while (true) {
    LeastFixpoint below(graph, leaves, upper, Value::kFalse);
    if (!below.Run(&max_steps)) break;
    std::vector<Value> raised = below.TakeValues();
    LeastFixpoint above(graph, leaves, raised, Value::kTrue);
    if (!above.Run(&max_steps)) break;
    upper = above.TakeValues();
    const Bounds root{raised[Graph::kRoot], upper[Graph::kRoot]};
    // Of a conditional answer every node counts: what it hangs on is told.
    const bool settled = root.is(Value::kTrue) || root.is(Value::kFalse);
    if (settled || raised == lower) {
      return Resolution{Pair(raised, upper), below.TakeRose()};
    }
    lower = std::move(raised);
  }
  return absl::ResourceExhaustedError(
      "the check needed too many steps to resolve recursion through exclusion");
}

absl::Status NoAnswer(const Graph& graph, uint32_t max_depth,
                      std::string_view path) {
  std::string message =
      graph.any_cut() ? fmt::format(
                            "the check reached the maximum depth of {} hops "
                            "before it was decided",
                            max_depth)
                      : std::string(
                            "recursion through exclusion: the permission is "
                            "subtracted from itself by a cycle in the "
                            "relationships");
  if (!path.empty()) message += fmt::format(": {}", path);
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   ErrorReason::kMaximumDepthExceeded, message);
}

}  // namespace kith::engine
