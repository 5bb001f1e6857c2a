#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/caveats.h"
#include "engine/engine.h"
#include "engine/objects.h"
#include "engine/program.h"
#include "engine/rows.h"
#include "engine/value.h"
#include "storage/store.h"

namespace kith::engine {

// What a row is worth to a relation.
struct Worth {
  Value value = Value::kFalse;
  AtomId atom = kNoAtom;  // the row's caveat, whatever its value
};

// What an operation of an object leads to: the operation `target` of another
// object, through a relationship that is worth `value` itself.
struct Edge {
  Pc target = kNilPc;
  ObjectId object = 0;
  AtomId atom = kNoAtom;
  // Of the relationship's subject, whose object this is.
  Symbol subject_relation = storage::kNoSymbol;
  Value value = Value::kTrue;
};

// The rows that may decide a kDirect operation.
struct LeafRows {
  Worth concrete;  // the subject itself is written there
  Worth wildcard;  // the wildcard of its type is
};

// The relationships in which a subject is written for one relation of one type
// of objects.
struct HolderUnit {
  Symbol subject_type = storage::kNoSymbol;
  std::string_view subject_id;
  Symbol subject_relation = storage::kNoSymbol;
  Symbol resource_type = storage::kNoSymbol;
  Symbol relation = storage::kNoSymbol;
};

// What a stored row is worth at `now` to a relation that allows `traits`: false
// when it has expired or carries what is not allowed, else what its caveat
// evaluates to. The one place that says so. Without `caveats` no caveat is
// evaluated, and a row with one is kUnknown.
absl::StatusOr<Worth> RowValue(const storage::TupleValue& row, Traits traits,
                               absl::Time now, const Programs& programs,
                               CaveatEvaluator* caveats);

// Reads relationships for an evaluation, through its row cache. Counts all that
// it reads, cached or not, and fails RESOURCE_EXHAUSTED beyond the budget.
class EdgeReader {
 public:
  enum class Budget : uint8_t { kCheck, kLookup };

  // All arguments outlive it. A null `caveats` is that of RowValue; `recorder`
  // may be null, too.
  EdgeReader(const Evaluation& evaluation, const SubjectPrograms& programs,
             std::string_view subject_id, Objects* objects,
             CaveatEvaluator* caveats, Budget budget = Budget::kCheck,
             Recorder* recorder = nullptr);

  // Reading more of this object costs next to nothing.
  bool AtHand(ObjectId object) const {
    const Objects::Object& at = (*objects_)[object];
    return rows_.AtHand(at.type, at.id);
  }
  void Prefetch(ObjectId object) {
    const Objects::Object& at = (*objects_)[object];
    rows_.Prefetch(at.type, at.id);
  }
  // The value of a leaf operation.
  absl::StatusOr<Value> Leaf(const Op& op, ObjectId object);
  // Both rows of a kDirect operation, also when one is enough.
  absl::StatusOr<LeafRows> Rows(const Op& op, ObjectId object);
  // Calls `visit` with every subject that a kDirect operation names on the
  // object, `*` among them, and what its row is worth, which is more than
  // kFalse; in the order of their ids.
  absl::Status Subjects(
      const Op& op, ObjectId object,
      absl::FunctionRef<void(std::string_view id, Value value)> visit);
  // All edges of a kUserset or kArrow* operation, appended to `edges` in row
  // order. Rows worth kFalse are left out, but for kArrowAll those whose
  // caveat is false: `all` asks for every object that is written there.
  absl::Status Edges(const Op& op, ObjectId object, std::vector<Edge>* edges);

  // Calls `visit` with the object of each relationship of a unit and what its
  // row is worth, which may be kFalse, until it returns false. Not counted: who
  // reads from the subject's side has a budget of his own.
  absl::Status Holders(const HolderUnit& unit, Traits traits,
                       absl::FunctionRef<bool(ObjectId, Value)> visit);

  // The budget is per check.
  void StartCheck() { edges_read_ = 0; }

 private:
  absl::StatusOr<Worth> Point(const Op& op, ObjectId object,
                              std::string_view subject_id, Traits traits);
  absl::Status ScanType(const Op& op, ObjectId object,
                        std::span<const Hop> hops, std::vector<Edge>* edges);
  absl::Status AddEdge(const Op& op, const Hop& hop,
                       const storage::TupleKey& key,
                       const storage::TupleValue& row,
                       std::vector<Edge>* edges);
  absl::Status Count();

  const Evaluation& evaluation_;
  const SubjectPrograms& programs_;
  const std::string_view subject_id_;
  Objects* const objects_;
  CaveatEvaluator* const caveats_;
  const Budget budget_;
  engine::Rows rows_;
  uint64_t edges_read_ = 0;
};

}  // namespace kith::engine
