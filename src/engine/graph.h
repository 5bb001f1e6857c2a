#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "engine/edges.h"
#include "engine/program.h"
#include "engine/value.h"
#include "storage/types.h"

namespace kith::engine {

// Everything in reach of one question, without short cuts: what evaluations
// work on that must know all of it, whatever their values are. The graph says
// what depends on what and through which relationships; what a leaf is worth
// is for whoever evaluates it. Immutable. Cycles in the data are cycles here.
class Graph {
 public:
  using NodeId = uint32_t;
  static constexpr NodeId kRoot = 0;

  // A pair of an operation and an object; no two nodes are equal.
  struct Node {
    Pc pc = kNilPc;
    ObjectId object = 0;
    uint32_t level = 0;  // hops from the root, on the shortest way
    // Beyond max_depth: its operands are not in the graph.
    bool cut = false;
    uint32_t first_operand = 0;
    uint32_t operand_count = 0;
  };
  // For kOr, kAnd and kMinus on the same object, in the order of the program.
  // For kUserset and kArrow* through a relationship of `relation` of the
  // operation, in row order; the relationship's subject is the child's object
  // with `subject_relation`.
  struct Operand {
    NodeId child = 0;
    AtomId atom = kNoAtom;  // the relationship's caveat
    storage::Symbol subject_relation = storage::kNoSymbol;
    Value cap = Value::kTrue;  // the child counts at most this
    bool subtracted = false;   // the second of kMinus
  };
  struct Parent {
    NodeId node = 0;
    uint32_t operand = 0;  // which of the node's
  };

  // Reads everything within `max_depth` hops of (pc, object), but for leaves,
  // which it does not read. RESOURCE_EXHAUSTED beyond the reader's budget.
  static absl::StatusOr<Graph> Explore(const SubjectPrograms& programs,
                                       EdgeReader* reader, uint32_t max_depth,
                                       Pc pc, ObjectId object);

  size_t size() const { return nodes_.size(); }
  const Node& node(NodeId id) const { return nodes_[id]; }
  const Op& op(NodeId id) const { return programs_->op(nodes_[id].pc); }
  std::span<const Operand> operands(NodeId id) const {
    return {operands_.data() + nodes_[id].first_operand,
            nodes_[id].operand_count};
  }
  // The operands that a node is; one that is twice an operand is here twice.
  std::span<const Parent> parents(NodeId id) const {
    return {parents_.data() + first_parent_[id],
            first_parent_[id + 1] - first_parent_[id]};
  }
  // nullopt: not in reach.
  std::optional<NodeId> Find(Pc pc, ObjectId object) const {
    const auto it = index_.find(Key(pc, object));
    if (it == index_.end()) return std::nullopt;
    return it->second;
  }
  bool any_cut() const { return any_cut_; }

 private:
  friend class GraphExplorer;
  static uint64_t Key(Pc pc, ObjectId object) {
    return static_cast<uint64_t>(pc) << 32 | object;
  }
  explicit Graph(const SubjectPrograms& programs) : programs_(&programs) {}

  const SubjectPrograms* programs_;
  std::vector<Node> nodes_;
  std::vector<Operand> operands_;
  std::vector<Parent> parents_;  // grouped by child
  std::vector<uint32_t> first_parent_;
  absl::flat_hash_map<uint64_t, NodeId> index_;
  bool any_cut_ = false;
};

}  // namespace kith::engine
