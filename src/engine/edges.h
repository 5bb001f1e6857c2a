#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "engine/caveats.h"
#include "engine/engine.h"
#include "engine/id_arena.h"
#include "engine/program.h"
#include "engine/value.h"
#include "storage/store.h"

namespace kith::engine {

// An object met by an evaluation, numbered from 0.
using ObjectId = uint32_t;

// The objects that a batch of evaluations has met. Ids are never reused within
// it.
class Objects {
 public:
  struct Object {
    Symbol type;
    std::string_view id;
    friend bool operator==(const Object&, const Object&) = default;
  };

  ObjectId Intern(Symbol type, std::string_view id);
  const Object& operator[](ObjectId object) const { return objects_[object]; }
  size_t size() const { return objects_.size(); }

 private:
  struct Hash {
    size_t operator()(const Object& o) const { return Hash64(o.id, o.type); }
  };
  std::vector<Object> objects_;
  IdArena ids_;  // owns the views
  absl::flat_hash_map<Object, ObjectId, Hash> index_;
};

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

// What a stored row is worth at `now` to a relation that allows `traits`: false
// when it has expired or carries what is not allowed, else what its caveat
// evaluates to. The one place that says so. Without `caveats` no caveat is
// evaluated, and a row with one is kUnknown.
absl::StatusOr<Worth> RowValue(const storage::TupleValue& row, Traits traits,
                               absl::Time now, const Programs& programs,
                               CaveatEvaluator* caveats);

// Reads relationships for an evaluation. Counts what it reads, and
// fails RESOURCE_EXHAUSTED beyond the budget.
class EdgeReader {
 public:
  enum class Budget : uint8_t { kCheck, kLookup };

  // All arguments outlive it. A null `caveats` is that of RowValue.
  EdgeReader(const Evaluation& evaluation, const SubjectPrograms& programs,
             std::string_view subject_id, Objects* objects,
             CaveatEvaluator* caveats, Budget budget = Budget::kCheck);

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

  // The budget is per check.
  void StartCheck() { edges_read_ = 0; }

 private:
  absl::StatusOr<Worth> Point(const Op& op, ObjectId object,
                              std::string_view subject_id, Traits traits);
  absl::Status ScanType(const Op& op, ObjectId object,
                        std::span<const Hop> hops, std::vector<Edge>* edges);
  absl::Status Count();

  const Evaluation& evaluation_;
  const SubjectPrograms& programs_;
  const std::string_view subject_id_;
  Objects* const objects_;
  CaveatEvaluator* const caveats_;
  const Budget budget_;
  uint64_t edges_read_ = 0;
};

}  // namespace kith::engine
