#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/edges.h"
#include "engine/graph.h"
#include "engine/program.h"
#include "engine/resolve.h"
#include "schema/schema.h"

namespace kith::engine {

struct Evaluated;  // trace.h

// One thing that an answer is made of: a question about an object, or a
// relationship that decides by itself.
struct TracePart {
  ObjectId object = 0;
  // Of the question; absent: the object's type has no `target`.
  std::optional<uint32_t> slot;
  std::string_view target;
  // What it is made of is worth telling too.
  bool expand = true;
  // The relation whose relationship leads here; kNoSymbol: none does.
  Symbol through = storage::kNoSymbol;
  Symbol subject_relation = storage::kNoSymbol;  // of that relationship
  Worth row;                                     // of that relationship
  // The relationship names the subject of the check, or the wildcard.
  bool is_row = false;
  bool wildcard = false;
};

// Which parts explain a value. Of the operands in a schema all that matter, so
// that a "no" shows what was granted as well; of relationships, which may be
// many, those that support the value, and for a plain "yes" the one that was
// proven first. What is proven by it was proven later, so that a chain of such
// choices ends at a relationship even where the data goes in circles.
class TraceSelection {
 public:
  TraceSelection(const Evaluated& evaluated, EdgeReader* reader);

  // In the order of the schema.
  absl::StatusOr<std::vector<TracePart>> PartsOf(uint32_t slot,
                                                 ObjectId object);
  // nullopt: the answer did not need it.
  std::optional<Bounds> BoundsOf(uint32_t slot, ObjectId object) const;

 private:
  using Expression = schema::Expression;
  struct At {  // where an expression is evaluated
    uint32_t slot;
    ObjectId object;
  };

  std::optional<Bounds> BoundsAt(Pc pc, ObjectId object) const;
  Bounds ValueOf(const Expression& expression, At at) const;
  bool IsSubject(ObjectId object) const;

  absl::Status AddRows(uint32_t slot, ObjectId object);
  void AddExpression(const Expression& expression, At at, bool expand);
  void AddOperands(const Expression& expression, At at, bool expand);
  void AddExclusion(const Expression& expression, At at, bool expand);
  void AddArrow(const Expression& expression, At at, bool expand);
  // The relationships of a kUserset or kArrow* node that support its value.
  // `target` is what an arrow asks of their objects; empty: the relation of
  // the relationship's subject.
  void AddHops(Graph::NodeId node, std::string_view target, bool expand);
  void AddHop(const Op& op, const Graph::Operand& operand,
              std::string_view target, bool expand);

  const Evaluated& from_;
  const Programs& names_;
  EdgeReader* const reader_;
  std::vector<TracePart> parts_;
};

}  // namespace kith::engine
