#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/edges.h"
#include "engine/program.h"
#include "engine/value.h"

namespace kith::engine {

// The demand-driven check of one subject: tabling by hand.
//
// A node is a pair (operation, object); its value only ever rises, from false
// to unknown to true, and a rise is passed on to the nodes that wait for it.
// Nodes are expanded breadth first. What is never proven is false, so cycles in
// the data need no detection: the result is the least fixpoint.
//
// The subtracted side of an exclusion is the one thing that must be known
// completely before it is used. It is evaluated in a frame of its own, on an
// explicit stack: the frame runs until its root is true or nothing is left to
// expand, and only then does the exclusion go on.
//
//   unions         take the greatest child; stop at true
//   intersections  ask for one child after the other, each only when all before
//                  it are more than false
//   exclusions     ask for the base, then open a frame for the subtracted side
//
// Finality: true is final at once. False and unknown are final when the frame
// that owns the node ended with nothing left to expand. Only final nodes are
// used across frames and by later checks of the batch; a frame that ended early
// leaves its open nodes behind, and they are found no more.
//
// Two things end the search without an answer: a path longer than max_depth
// that might have mattered, and an exclusion whose subtracted side depends on
// itself. Then the outcome is nullopt and Resolve (resolve.h), which is exact
// for these, decides; the search itself never guesses.
//
// Cost: linear in the relationships read. Not thread-safe.
class Search {
 public:
  // All arguments outlive it.
  Search(const SubjectPrograms& programs, EdgeReader* reader,
         uint32_t max_depth);

  absl::StatusOr<std::optional<Value>> Run(Pc pc, ObjectId object);

  // The final value of what is no leaf; nullopt when it is not known. After
  // Run answered kUnknown, every operand of a kUnknown in reach is known.
  std::optional<Value> Find(Pc pc, ObjectId object) const;

 private:
  using NodeId = uint32_t;
  static constexpr uint32_t kNone = UINT32_MAX;

  enum class State : uint8_t {
    kQueued,
    kSkipped,  // was not needed when its turn came; queued again on demand
    kExpanded,
    kCut,  // beyond max_depth
    kFinal,
  };

  struct Node {
    Pc pc = kNilPc;
    ObjectId object = 0;
    uint32_t level = 0;  // hops from the root of the check
    uint32_t frame = 0;  // serial of the owner
    Value value = Value::kFalse;
    Value passed_on = Value::kFalse;  // what the parents know of
    Value base = Value::kFalse;       // kMinus: of its first child
    State state = State::kQueued;
    bool dead = false;                 // can rise no more, although not true
    bool subtracted_known = false;     // kMinus
    Value subtracted = Value::kFalse;  // kMinus, when known
    uint32_t first_parent = kNone;     // into links_
    // kAnd and kArrowAll: operands asked for, and how many of them are at least
    // unknown, and true. kArrowAll's operands are edges_[first_edge..).
    uint32_t first_edge = 0;
    uint32_t operands = 0;
    uint32_t asked = 0;
    uint32_t at_least_unknown = 0;
    uint32_t at_least_true = 0;
  };
  struct Link {
    NodeId parent;
    uint32_t next;  // into links_
    Value cap;      // the child counts for the parent at most this
  };
  struct Frame {
    uint32_t serial = 0;
    NodeId root = 0;
    NodeId first_node = 0;
    NodeId waiting = kNone;  // the exclusion that waits for the root
    bool cut = false;
    std::vector<NodeId> queue;
    size_t head = 0;
    std::vector<NodeId> ready;  // exclusions whose base has risen
    // Table entries of outer frames that this one's nodes replaced.
    std::vector<std::pair<uint64_t, NodeId>> shadowed;
  };

  static uint64_t Key(Pc pc, ObjectId object) {
    return static_cast<uint64_t>(pc) << 32 | object;
  }
  const Op& OpOf(const Node& node) const { return programs_.op(node.pc); }
  Frame& frame() { return frames_.back(); }

  // What an operand is worth when it is asked for.
  struct Asked {
    Value value = Value::kFalse;
    bool final = false;
  };

  absl::Status Drive();
  absl::Status Step();
  absl::Status Visit(NodeId node);
  void OpenFrame(Pc pc, ObjectId object, uint32_t level, NodeId waiting);
  void CloseFrame();
  absl::Status AskSubtracted(NodeId node);
  void LearnSubtracted(NodeId node, Value value);

  // A usable node for the pair: final, true, or open in the current frame;
  // otherwise a new one.
  NodeId Demand(Pc pc, ObjectId object, uint32_t level);
  bool Needed(NodeId node) const;
  // Its value is the last one.
  static bool Usable(const Node& node) {
    return node.state == State::kFinal || node.value == Value::kTrue;
  }
  bool Decided(const Node& node) const {
    return node.value == Value::kTrue || node.dead;
  }

  absl::Status Expand(NodeId node);
  absl::Status ExpandOr(NodeId node);
  absl::Status ExpandMinus(NodeId node);
  absl::Status ExpandHops(NodeId node);
  // Asks for operands of a kAnd or kArrowAll while those before are more than
  // false.
  absl::Status AskNext(NodeId node);
  // An operand on the node's own object: a leaf is read at once, anything else
  // is a node.
  absl::StatusOr<Asked> AskSame(NodeId parent, Pc pc);
  // An operand that is a node: demanded and, unless final, linked to `parent`.
  Asked AskNode(NodeId parent, Pc pc, ObjectId object, uint32_t level,
                Value cap);

  void Raise(NodeId node, Value value);
  absl::Status PassOn();
  absl::Status Contribute(NodeId parent, Value before, Value after);
  void CountOperand(NodeId node, Value before, Value after);
  void RaiseBase(NodeId node, Value base);

  const SubjectPrograms& programs_;
  EdgeReader* const reader_;
  const uint32_t max_depth_;

  std::vector<Node> nodes_;
  std::vector<Link> links_;
  std::vector<Edge> edges_;  // of kArrowAll nodes
  std::vector<Edge> scanned_;
  absl::flat_hash_map<uint64_t, NodeId> table_;
  std::vector<Frame> frames_;
  std::vector<NodeId> raised_;
  uint32_t next_serial_ = 1;
  bool undecided_ = false;
};

}  // namespace kith::engine
