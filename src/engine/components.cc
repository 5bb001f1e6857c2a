#include "engine/components.h"

#include <algorithm>

namespace kith::engine {
namespace {

constexpr uint32_t kUnseen = UINT32_MAX;

// A node whose operands are being visited.
struct Visit {
  Graph::NodeId node;
  uint32_t next_operand = 0;
};

}  // namespace

// Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972)
// with an explicit stack. All nodes of a graph are in reach of its root.
Components::Components(const Graph& graph)
    : first_{0}, component_(graph.size(), kUnseen) {
  std::vector<uint32_t> order(graph.size(), kUnseen);
  std::vector<uint32_t> low(graph.size(), 0);
  std::vector<Graph::NodeId> open;  // visited, but in no component yet
  std::vector<Visit> stack = {{Graph::kRoot}};
  uint32_t visited = 0;
  nodes_.reserve(graph.size());
  while (!stack.empty()) {
    Visit& visit = stack.back();
    const Graph::NodeId node = visit.node;
    if (visit.next_operand == 0 && order[node] == kUnseen) {
      order[node] = low[node] = visited++;
      open.push_back(node);
    }
    const auto operands = graph.operands(node);
    if (visit.next_operand < operands.size()) {
      const Graph::NodeId child = operands[visit.next_operand++].child;
      if (order[child] == kUnseen) {
        stack.push_back({child});
      } else if (component_[child] == kUnseen) {
        low[node] = std::min(low[node], order[child]);
      }
      continue;
    }
    stack.pop_back();
    if (!stack.empty()) {
      const Graph::NodeId parent = stack.back().node;
      low[parent] = std::min(low[parent], low[node]);
    }
    if (low[node] != order[node]) continue;
    const auto component = static_cast<uint32_t>(count());
    Graph::NodeId member;
    do {
      member = open.back();
      open.pop_back();
      component_[member] = component;
      nodes_.push_back(member);
    } while (member != node);
    first_.push_back(static_cast<uint32_t>(nodes_.size()));
  }
}

}  // namespace kith::engine
