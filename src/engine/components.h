#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph.h"

namespace kith::engine {

// The strongly connected components of a graph, those of the operands before
// those that depend on them, so that one pass in this order meets every node
// after what it is made of. Linear; without recursion.
class Components {
 public:
  explicit Components(const Graph& graph);

  size_t count() const { return first_.size() - 1; }
  std::span<const Graph::NodeId> operator[](size_t component) const {
    return {nodes_.data() + first_[component],
            first_[component + 1] - first_[component]};
  }
  // The component of a node.
  uint32_t of(Graph::NodeId node) const { return component_[node]; }

 private:
  std::vector<Graph::NodeId> nodes_;  // grouped by component
  std::vector<uint32_t> first_;
  std::vector<uint32_t> component_;
};

}  // namespace kith::engine
