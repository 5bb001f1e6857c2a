#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/containers.h"
#include "engine/edges.h"
#include "engine/place_table.h"
#include "engine/program.h"
#include "engine/rows.h"
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
//   unions         take the greatest part; stop at true. Unions within unions,
//                  subject sets and arrows are parts (SubjectPrograms::parts)
//                  and no nodes. Point reads come first, and scans only when
//                  all nodes that wait have had theirs, unless the object's
//                  rows are at hand
//   intersections  ask for one child after the other, each only when all before
//                  it are more than false
//   exclusions     take the greatest part of the base, then open a frame for
//                  the subtracted side
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
// A nest may be decided from the subject's side (containers.h).
//
// With a recorder it remembers who asked for what, and who read what, so that
// an answer of many can be told from what it rests on, and no more.
//
// Cost: linear in the relationships read. Not thread-safe. Its memory comes
// from the last search of the thread and goes to the next.
class Search {
 public:
  // All arguments outlive it. `containers` may be null: nests are walked.
  // `recorder`, which may be null, is the reader's.
  Search(const SubjectPrograms& programs, EdgeReader* reader,
         Containers* containers, Recorder* recorder, uint32_t max_depth);
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  absl::StatusOr<std::optional<Value>> Run(Pc pc, ObjectId object);

  // What an answer rests on that is no leaf's, was given by a Run and is not
  // kUnknown. False: on too much to be told, or, over what earlier runs had
  // found nearer to theirs, on something further than max_depth from this root,
  // so that a search for it alone might not have found it. The time is not
  // that of the rows read, which the recorder has.
  bool AddTo(Support* support, Pc pc, ObjectId object);

  // The final value of what is no leaf; nullopt when it is not known. After
  // Run answered kUnknown, every operand of a kUnknown in reach is known that
  // is not made of parts.
  std::optional<Value> Find(Pc pc, ObjectId object) const;

 private:
  using NodeId = uint32_t;
  static constexpr uint32_t kNone = PlaceTable::kNone;

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
    uint32_t level = 0;             // hops from the root of the check
    uint32_t frame = 0;             // serial of the owner
    uint32_t first_parent = kNone;  // into links
    uint32_t operands = kNone;      // kAnd and kArrowAll: into operands
    uint32_t first_asked = kNone;   // into asks
    uint32_t first_read = kNone;    // into reads
    uint32_t subject_hops = 0;      // when known_to_subject: to the subject
    uint32_t told = 0;              // the last AddTo that it was part of,
    uint32_t told_hops = 0;         // and from the root of that
    Value value = Value::kFalse;
    Value passed_on = Value::kFalse;  // what the parents know of
    Value base = Value::kFalse;       // kMinus: the greatest part
    State state = State::kQueued;
    bool begun = false;  // all but its scans is done
    bool dead = false;   // can rise no more, although not true
    bool known_to_subject = false;
    bool subtracted_known = false;     // kMinus
    Value subtracted = Value::kFalse;  // kMinus, when known
  };
  // Of a kAnd or kArrowAll: operands asked for, and how many of them are at
  // least unknown, and true. kArrowAll's are edges[first_edge..).
  struct Operands {
    uint32_t first_edge = 0;
    uint32_t count = 0;
    uint32_t asked = 0;
    uint32_t at_least_unknown = 0;
    uint32_t at_least_true = 0;
  };
  struct Link {
    NodeId parent;
    uint32_t next;  // into links
    Value cap;      // the child counts for the parent at most this
  };
  // Frames are a stack, so that what waits in them is one stack each, too.
  struct Frame {
    uint32_t serial = 0;
    NodeId root = 0;
    NodeId first_node = 0;
    NodeId waiting = kNone;  // the exclusion that waits for the root
    bool cut = false;
    size_t head = 0;            // into queue: the next
    size_t first_queued = 0;    // where its part begins of queue,
    size_t first_ready = 0;     // of ready,
    size_t first_shadowed = 0;  // and of shadowed
  };
  // A table entry of an outer frame that a node of a later one replaced.
  struct Shadowed {
    Pc pc;
    ObjectId object;
    NodeId node;
  };
  // Of those that a node asked for.
  struct Ask {
    NodeId child;
    uint32_t hops;  // 1: another object
    uint32_t next;  // into asks
  };
  // Of what the recorder was told for a node.
  struct Read {
    uint32_t begin;
    uint32_t end;
    uint32_t next;  // into reads
  };
  struct Memory {
    std::vector<Node> nodes;
    std::vector<Link> links;
    std::vector<Ask> asks;
    std::vector<Read> reads;
    std::vector<Operands> operands;
    std::vector<Edge> edges;  // of kArrowAll nodes
    std::vector<Edge> scanned;
    std::vector<Frame> frames;
    std::vector<NodeId> queue;
    std::vector<NodeId> ready;  // exclusions whose base has risen
    std::vector<Shadowed> shadowed;
    std::vector<NodeId> raised;
    std::vector<NodeId> told;
    PlaceTable table;  // into nodes
  };
  static thread_local Memory spare_;

  const Op& OpOf(const Node& node) const { return programs_.op(node.pc); }
  Node& node(NodeId id) { return memory_.nodes[id]; }
  const Node& node(NodeId id) const { return memory_.nodes[id]; }
  Frame& frame() { return memory_.frames.back(); }

  // What an operand is worth when it is asked for.
  struct Asked {
    Value value = Value::kFalse;
    bool final = false;
  };

  // A node reads while it lives.
  class Reading;

  absl::Status Drive();
  absl::Status Step();
  absl::Status Visit(NodeId node);
  void OpenFrame(Pc pc, ObjectId object, uint32_t level, NodeId waiting);
  void CloseFrame();
  void GiveUp();
  void AskSubtracted(NodeId node);
  void LearnSubtracted(NodeId node, Value value);

  // A usable node for the pair: final, true, or open in the current frame;
  // otherwise a new one.
  NodeId Demand(Pc pc, ObjectId object, uint32_t level);
  bool Needed(NodeId node) const;
  // Its value is the last one.
  static bool Usable(const Node& node) {
    return node.state == State::kFinal || node.value == Value::kTrue;
  }
  static bool Decided(const Node& node) {
    return node.value == Value::kTrue || node.dead;
  }
  void Enqueue(NodeId node);

  // All that costs no scan; queues the node again for the rest.
  absl::Status Begin(NodeId node);
  absl::Status BeginMinus(NodeId node);
  absl::Status BeginParts(NodeId node);
  absl::Status BeginAnd(NodeId node);
  absl::Status BeginArrowAll(NodeId node);
  absl::Status ScanParts(NodeId node);
  // Whether the subject's side knows the node's value, which it then has.
  bool KnownToSubject(NodeId node);
  // Asks for operands of a kAnd or kArrowAll while those before are more than
  // false.
  absl::Status AskNext(NodeId node);
  // An operand on the node's own object: a leaf is read at once, anything else
  // is a node.
  absl::Status AskSame(NodeId parent, Pc pc, Asked* asked);
  // An operand that is a node: demanded and, unless final, linked to `parent`.
  Asked AskNode(NodeId parent, Pc pc, ObjectId object, uint32_t level,
                Value cap);

  void NoteAsked(NodeId parent, NodeId child, uint32_t hops);

  void Raise(NodeId node, Value value);
  // One of its parts is worth this. Returns whether others may matter.
  bool RaiseBy(NodeId node, Value part);
  absl::Status PassOn();
  absl::Status Contribute(NodeId parent, Value before, Value after);
  void CountOperand(NodeId node, Value before, Value after);
  void RaiseBase(NodeId node, Value base);

  const SubjectPrograms& programs_;
  EdgeReader* const reader_;
  Containers* const containers_;
  Recorder* const recorder_;
  const uint32_t max_depth_;

  Memory memory_;
  uint32_t next_serial_ = 1;
  uint32_t tellings_ = 0;
  bool undecided_ = false;
};

}  // namespace kith::engine
