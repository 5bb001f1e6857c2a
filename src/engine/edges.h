#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "engine/engine.h"
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

 private:
  struct Hash {
    size_t operator()(const Object& o) const { return Hash64(o.id, o.type); }
  };
  std::vector<Object> objects_;
  std::deque<std::string> ids_;  // owns the views
  absl::flat_hash_map<Object, ObjectId, Hash> index_;
};

// What an operation of an object leads to: the operation `target` of another
// object, through a relationship that is worth `value` itself.
struct Edge {
  Pc target = kNilPc;
  ObjectId object = 0;
  Value value = Value::kTrue;
};

// What a stored row is worth at `now` to a relation that allows `traits`: false
// when it has expired or carries what is not allowed. The one place that says
// so. INTERNAL for a caveat, which no schema lets a relationship carry.
absl::StatusOr<Value> RowValue(const storage::TupleValue& row, Traits traits,
                               absl::Time now);

// Reads relationships for an evaluation. Counts what it reads, and
// fails RESOURCE_EXHAUSTED beyond the budget.
class EdgeReader {
 public:
  EdgeReader(const Evaluation& evaluation, const SubjectPrograms& programs,
             std::string_view subject_id, Objects* objects);

  // The value of a leaf operation.
  absl::StatusOr<Value> Leaf(const Op& op, ObjectId object);
  // All edges of a kUserset or kArrow* operation, appended to `edges` in row
  // order.
  absl::Status Edges(const Op& op, ObjectId object, std::vector<Edge>* edges);

  // The budget is per check.
  void StartCheck() { edges_read_ = 0; }

 private:
  absl::StatusOr<Value> Point(const Op& op, ObjectId object,
                              std::string_view subject_id, Traits traits);
  absl::Status ScanType(const Op& op, ObjectId object,
                        std::span<const Hop> hops, std::vector<Edge>* edges);
  absl::Status Count();

  const Evaluation& evaluation_;
  const SubjectPrograms& programs_;
  const std::string_view subject_id_;
  Objects* const objects_;
  uint64_t edges_read_ = 0;
};

}  // namespace kith::engine
