#include "engine/graph.h"

#include <deque>
#include <utility>

#include "base/status_macros.h"

namespace kith::engine {

// Breadth first over hops; steps on the same object cost none and go first, so
// that a node is expanded at its shortest distance.
class GraphExplorer {
 public:
  GraphExplorer(const SubjectPrograms& programs, EdgeReader* reader,
                uint32_t max_depth)
      : programs_(programs),
        reader_(reader),
        max_depth_(max_depth),
        graph_(programs) {}

  absl::StatusOr<Graph> Run(Pc pc, ObjectId object) {
    Reach(pc, object, 0);
    while (!queue_.empty()) {
      const Graph::NodeId id = queue_.front();
      queue_.pop_front();
      if (expanded_[id]) continue;
      Graph::Node& node = graph_.nodes_[id];
      node.cut = node.level > max_depth_;
      if (node.cut) {
        // Nothing nearer is left in the queue.
        graph_.any_cut_ = true;
        continue;
      }
      expanded_[id] = true;
      KITH_RETURN_IF_ERROR(Expand(id));
    }
    LinkParents();
    return std::move(graph_);
  }

 private:
  Graph::NodeId Reach(Pc pc, ObjectId object, uint32_t level) {
    const auto [it, fresh] = graph_.index_.try_emplace(
        Graph::Key(pc, object),
        static_cast<Graph::NodeId>(graph_.nodes_.size()));
    const Graph::NodeId id = it->second;
    if (fresh) {
      graph_.nodes_.push_back({.pc = pc, .object = object, .level = level});
      expanded_.push_back(false);
    } else if (expanded_[id] || graph_.nodes_[id].level <= level) {
      return id;
    }
    graph_.nodes_[id].level = level;
    if (level == expanding_level_) {
      queue_.push_front(id);
    } else {
      queue_.push_back(id);
    }
    return id;
  }

  absl::Status Expand(Graph::NodeId id) {
    const Graph::Node node = graph_.nodes_[id];
    const Op& op = programs_.op(node.pc);
    expanding_level_ = node.level;
    graph_.nodes_[id].first_operand =
        static_cast<uint32_t>(graph_.operands_.size());
    if (op.is_leaf()) return absl::OkStatus();
    if (op.kind == Op::Kind::kOr || op.kind == Op::Kind::kAnd ||
        op.kind == Op::Kind::kMinus) {
      bool subtracted = false;
      for (const Pc pc : programs_.children(op)) {
        graph_.operands_.push_back({.child = Reach(pc, node.object, node.level),
                                    .subtracted = subtracted});
        subtracted = op.kind == Op::Kind::kMinus;
      }
      graph_.nodes_[id].operand_count = op.count;
      return absl::OkStatus();
    }
    edges_.clear();
    KITH_RETURN_IF_ERROR(reader_->Edges(op, node.object, &edges_));
    for (const Edge& edge : edges_) {
      // Pruned operations cost no depth: no one is there, however far.
      const uint32_t hop = edge.target == kNilPc ? 0 : 1;
      graph_.operands_.push_back(
          {.child = Reach(edge.target, edge.object, node.level + hop),
           .atom = edge.atom,
           .subject_relation = edge.subject_relation,
           .cap = edge.value});
    }
    graph_.nodes_[id].operand_count = static_cast<uint32_t>(edges_.size());
    return absl::OkStatus();
  }

  // Groups all operands by child: counts, then places.
  void LinkParents() {
    auto& first = graph_.first_parent_;
    first.assign(graph_.nodes_.size() + 1, 0);
    for (const auto& operand : graph_.operands_) ++first[operand.child + 1];
    for (size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    graph_.parents_.resize(graph_.operands_.size());
    std::vector<uint32_t> next(first.begin(), first.end() - 1);
    for (Graph::NodeId id = 0; id < graph_.nodes_.size(); ++id) {
      uint32_t index = 0;
      for (const auto& operand : graph_.operands(id)) {
        graph_.parents_[next[operand.child]++] = {id, index++};
      }
    }
  }

  const SubjectPrograms& programs_;
  EdgeReader* const reader_;
  const uint32_t max_depth_;
  Graph graph_;
  std::vector<bool> expanded_;
  std::deque<Graph::NodeId> queue_;
  std::vector<Edge> edges_;
  uint32_t expanding_level_ = 0;
};

absl::StatusOr<Graph> Graph::Explore(const SubjectPrograms& programs,
                                     EdgeReader* reader, uint32_t max_depth,
                                     Pc pc, ObjectId object) {
  return GraphExplorer(programs, reader, max_depth).Run(pc, object);
}

}  // namespace kith::engine
