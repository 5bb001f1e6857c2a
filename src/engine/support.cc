#include "engine/support.h"

#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"

namespace kith::engine {
namespace {

class SupportWalk {
 public:
  SupportWalk(const SubjectPrograms& programs, EdgeReader* reader,
              const CaveatEvaluator& caveats, BoundsOf bounds_of)
      : programs_(programs),
        reader_(reader),
        caveats_(caveats),
        bounds_of_(bounds_of) {}

  absl::StatusOr<std::vector<std::string>> Run(Pc pc, ObjectId object) {
    Push(pc, object);
    while (!todo_.empty()) {
      const auto [next, at] = todo_.back();
      todo_.pop_back();
      KITH_RETURN_IF_ERROR(Visit(programs_.op(next), at));
    }
    return std::vector<std::string>(missing_.begin(), missing_.end());
  }

 private:
  void Push(Pc pc, ObjectId object) {
    if (visited_.emplace(pc, object).second) todo_.emplace_back(pc, object);
  }

  absl::Status Visit(const Op& op, ObjectId object) {
    switch (op.kind) {
      case Op::Kind::kNil:
      case Op::Kind::kIdentity:
        return absl::OkStatus();
      case Op::Kind::kDirect:
        return VisitRows(op, object);
      case Op::Kind::kOr:
      case Op::Kind::kAnd:
      case Op::Kind::kMinus:
        for (const Pc child : programs_.children(op)) {
          KITH_ASSIGN_OR_RETURN(const Bounds bounds, BoundsFor(child, object));
          if (bounds.is(Value::kUnknown)) Push(child, object);
        }
        return absl::OkStatus();
      case Op::Kind::kUserset:
      case Op::Kind::kArrowAny:
      case Op::Kind::kArrowAll:
        return VisitEdges(op, object);
    }
    return absl::InternalError("unknown operation");
  }

  absl::Status VisitRows(const Op& op, ObjectId object) {
    KITH_ASSIGN_OR_RETURN(const LeafRows rows, reader_->Rows(op, object));
    for (const Worth& row : {rows.concrete, rows.wildcard}) {
      if (row.value == Value::kUnknown) KITH_RETURN_IF_ERROR(Add(row.atom));
    }
    return absl::OkStatus();
  }

  absl::Status VisitEdges(const Op& op, ObjectId object) {
    std::vector<Edge> edges;
    KITH_RETURN_IF_ERROR(reader_->Edges(op, object, &edges));
    for (const Edge& edge : edges) {
      if (edge.value == Value::kFalse) continue;
      KITH_ASSIGN_OR_RETURN(const Bounds bounds,
                            BoundsFor(edge.target, edge.object));
      if (edge.value == Value::kUnknown && bounds.lower != Value::kFalse) {
        KITH_RETURN_IF_ERROR(Add(edge.atom));
      }
      if (bounds.is(Value::kUnknown)) Push(edge.target, edge.object);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Bounds> BoundsFor(Pc pc, ObjectId object) {
    const Op& op = programs_.op(pc);
    if (op.is_leaf()) {
      KITH_ASSIGN_OR_RETURN(const Value value, reader_->Leaf(op, object));
      return Bounds{value, value};
    }
    if (const auto known = bounds_of_(pc, object)) return *known;
    const bool has_parts = op.kind == Op::Kind::kOr ||
                           op.kind == Op::Kind::kUserset ||
                           op.kind == Op::Kind::kArrowAny;
    return has_parts ? BoundsOfParts(pc, object) : Bounds();
  }

  // The greatest of what an operation is made of. Parts that were not needed
  // are not known: another is true then.
  absl::StatusOr<Bounds> BoundsOfParts(Pc pc, ObjectId object) {
    const auto parts = programs_.parts(pc);
    Bounds bounds{Value::kFalse, Value::kFalse};
    const auto add = [&bounds](const Bounds& part, Value cap) {
      bounds.lower = Or(bounds.lower, And(part.lower, cap));
      bounds.upper = Or(bounds.upper, And(part.upper, cap));
    };
    for (const Pc leaf : parts.leaves) {
      KITH_ASSIGN_OR_RETURN(const Value value,
                            reader_->Leaf(programs_.op(leaf), object));
      add({value, value}, Value::kTrue);
    }
    for (const Pc other : parts.others) {
      add(bounds_of_(other, object).value_or(Bounds()), Value::kTrue);
    }
    for (const Pc scan : parts.scans) {
      std::vector<Edge> edges;
      KITH_RETURN_IF_ERROR(
          reader_->Edges(programs_.op(scan), object, &edges));
      for (const Edge& edge : edges) {
        add(bounds_of_(edge.target, edge.object).value_or(Bounds()),
            edge.value);
      }
    }
    bounds.upper = Or(bounds.lower, bounds.upper);
    return bounds;
  }

  absl::Status Add(AtomId id) {
    const Atom& atom = caveats_.atom(id);
    KITH_RETURN_IF_ERROR(atom.error);
    if (!missing_.empty() && IsSeeded(SeededBug::kMissingContextLost)) {
      return absl::OkStatus();
    }
    missing_.insert(atom.missing.begin(), atom.missing.end());
    return absl::OkStatus();
  }

  const SubjectPrograms& programs_;
  EdgeReader* const reader_;
  const CaveatEvaluator& caveats_;
  const BoundsOf bounds_of_;
  absl::flat_hash_set<std::pair<Pc, ObjectId>> visited_;
  std::vector<std::pair<Pc, ObjectId>> todo_;
  std::set<std::string> missing_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> MissingContext(
    const SubjectPrograms& programs, EdgeReader* reader,
    const CaveatEvaluator& caveats, Pc pc, ObjectId object,
    BoundsOf bounds_of) {
  return SupportWalk(programs, reader, caveats, bounds_of).Run(pc, object);
}

}  // namespace kith::engine
