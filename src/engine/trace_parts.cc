#include "engine/trace_parts.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "engine/trace.h"

namespace kith::engine {
namespace {

Bounds Definitely(bool value) {
  const Value v = value ? Value::kTrue : Value::kFalse;
  return {v, v};
}

// What an operand is worth through its relationship.
Bounds Capped(const Bounds& child, Value cap) {
  return {And(child.lower, cap), And(child.upper, cap)};
}

}  // namespace

TraceSelection::TraceSelection(const Evaluated& evaluated, EdgeReader* reader)
    : from_(evaluated),
      names_(evaluated.evaluation.schema->programs()),
      reader_(reader) {}

absl::StatusOr<std::vector<TracePart>> TraceSelection::PartsOf(
    uint32_t slot, ObjectId object) {
  parts_.clear();
  const Programs::Slot& of = names_.slot(slot);
  if (of.permission != nullptr) {
    AddExpression(of.permission->expression, {slot, object}, true);
    return std::move(parts_);
  }
  KITH_RETURN_IF_ERROR(AddRows(slot, object));
  const Pc pc = from_.programs.userset(slot);
  const auto node = pc == kNilPc ? std::nullopt : from_.graph.Find(pc, object);
  // The rows of the subject itself are proof enough.
  const bool proven = std::ranges::any_of(parts_, [](const TracePart& part) {
    return part.row.value == Value::kTrue;
  });
  if (node && !proven) {
    // Where the rows matter as well, sets that are worth less do not.
    const auto whole = BoundsOf(slot, object);
    const Bounds& sets = from_.resolution.bounds[*node];
    if (!whole || sets.upper >= whole->upper) AddHops(*node, {}, true);
  }
  return std::move(parts_);
}

// Values
// -----------------------------------------------------------------------

std::optional<Bounds> TraceSelection::BoundsAt(Pc pc, ObjectId object) const {
  if (pc == kNilPc) return Definitely(false);
  const auto node = from_.graph.Find(pc, object);
  if (!node) return std::nullopt;
  return from_.resolution.bounds[*node];
}

std::optional<Bounds> TraceSelection::BoundsOf(uint32_t slot,
                                               ObjectId object) const {
  return BoundsAt(from_.programs.root(slot), object);
}

bool TraceSelection::IsSubject(ObjectId object) const {
  const Objects::Object& of = from_.objects[object];
  return from_.programs.subject() == SubjectKind{of.type, storage::kNoSymbol} &&
         of.id == from_.subject.object.id;
}

// Recursion follows the nesting of expressions, which the language bounds. What
// the answer did not need is bounded by nothing.
Bounds TraceSelection::ValueOf(const Expression& expression, At at) const {
  switch (expression.kind) {
    case Expression::Kind::kNil:
      return Definitely(false);
    case Expression::Kind::kSelf:
      return Definitely(IsSubject(at.object));
    case Expression::Kind::kName: {
      const auto named =
          names_.FindSlot(names_.slot(at.slot).type, expression.name);
      return named ? BoundsOf(*named, at.object).value_or(Bounds())
                   : Definitely(false);
    }
    case Expression::Kind::kArrow:
    case Expression::Kind::kArrowAll:
      return BoundsAt(from_.programs.arrow(expression), at.object)
          .value_or(Bounds());
    case Expression::Kind::kUnion:
    case Expression::Kind::kIntersection: {
      Bounds all = ValueOf(expression.operands[0], at);
      for (size_t i = 1; i < expression.operands.size(); ++i) {
        const Bounds one = ValueOf(expression.operands[i], at);
        all =
            expression.kind == Expression::Kind::kUnion
                ? Bounds{Or(all.lower, one.lower), Or(all.upper, one.upper)}
                : Bounds{And(all.lower, one.lower), And(all.upper, one.upper)};
      }
      return all;
    }
    case Expression::Kind::kExclusion: {
      const Bounds base = ValueOf(expression.operands[0], at);
      const Bounds subtracted = ValueOf(expression.operands[1], at);
      return {Minus(base.lower, subtracted.upper),
              Minus(base.upper, subtracted.lower)};
    }
  }
  return {};
}

// Parts
// ------------------------------------------------------------------------

absl::Status TraceSelection::AddRows(uint32_t slot, ObjectId object) {
  const Pc pc = from_.programs.direct(slot);
  if (pc == kNilPc) return absl::OkStatus();
  const Op& op = from_.programs.op(pc);
  KITH_ASSIGN_OR_RETURN(const LeafRows rows, reader_->Rows(op, object));
  const Value best = Or(rows.concrete.value, rows.wildcard.value);
  for (const bool wildcard : {false, true}) {
    const Worth& row = wildcard ? rows.wildcard : rows.concrete;
    // A row that is worth nothing is of interest for its caveat.
    if (row.value < best ||
        (row.value == Value::kFalse && row.atom == kNoAtom)) {
      continue;
    }
    parts_.push_back({.object = object,
                      .through = op.relation,
                      .row = row,
                      .is_row = true,
                      .wildcard = wildcard});
    if (row.value == Value::kTrue) break;
  }
  return absl::OkStatus();
}

void TraceSelection::AddExpression(const Expression& expression, At at,
                                   bool expand) {
  switch (expression.kind) {
    case Expression::Kind::kNil:
    case Expression::Kind::kSelf:
      return;
    case Expression::Kind::kName: {
      const auto named =
          names_.FindSlot(names_.slot(at.slot).type, expression.name);
      if (!named || !BoundsOf(*named, at.object)) return;
      parts_.push_back({.object = at.object, .slot = *named, .expand = expand});
      return;
    }
    case Expression::Kind::kArrow:
    case Expression::Kind::kArrowAll:
      return AddArrow(expression, at, expand);
    case Expression::Kind::kUnion:
    case Expression::Kind::kIntersection:
      return AddOperands(expression, at, expand);
    case Expression::Kind::kExclusion:
      return AddExclusion(expression, at, expand);
  }
}

void TraceSelection::AddOperands(const Expression& expression, At at,
                                 bool expand) {
  const Bounds whole = ValueOf(expression, at);
  const bool is_union = expression.kind == Expression::Kind::kUnion;
  for (const Expression& operand : expression.operands) {
    const Bounds value = ValueOf(operand, at);
    // An operand of another value than the whole does not support it: of a
    // union it is left out; of an intersection it shows how close it was.
    const bool supports =
        value == whole || (!is_union && !whole.is(Value::kFalse));
    if (supports || !is_union) {
      AddExpression(operand, at, expand && supports);
    }
  }
}

void TraceSelection::AddExclusion(const Expression& expression, At at,
                                  bool expand) {
  const Expression& base = expression.operands[0];
  const Expression& subtracted = expression.operands[1];
  const Bounds whole = ValueOf(expression, at);
  const Bounds base_value = ValueOf(base, at);
  const Bounds subtracted_value = ValueOf(subtracted, at);
  const bool base_denies = base_value.is(Value::kFalse);
  const bool denied = whole.is(Value::kFalse) && !base_denies;
  AddExpression(base, at, expand && !denied);
  if (base_denies) return;
  AddExpression(subtracted, at, expand && !subtracted_value.is(Value::kFalse));
}

void TraceSelection::AddArrow(const Expression& expression, At at,
                              bool expand) {
  const Pc pc = from_.programs.arrow(expression);
  if (pc == kNilPc) return;
  const auto node = from_.graph.Find(pc, at.object);
  if (node) AddHops(*node, expression.target, expand);
}

void TraceSelection::AddHops(Graph::NodeId node, std::string_view target,
                             bool expand) {
  const Op& op = from_.graph.op(node);
  const Bounds& whole = from_.resolution.bounds[node];
  const Graph::Operand* first = nullptr;
  const auto rose = [this](const Graph::Operand& operand) {
    return from_.resolution.rose[operand.child];
  };
  for (const Graph::Operand& operand : from_.graph.operands(node)) {
    const Bounds value =
        Capped(from_.resolution.bounds[operand.child], operand.cap);
    const bool all_granted =
        op.kind == Op::Kind::kArrowAll && !whole.is(Value::kFalse);
    if (!all_granted && value != whole) continue;
    if (all_granted || whole.is(Value::kFalse) || whole.is(Value::kUnknown)) {
      AddHop(op, operand, target, expand);
    } else if (first == nullptr || rose(operand) < rose(*first)) {
      first = &operand;
    }
  }
  if (first != nullptr) AddHop(op, *first, target, expand);
}

void TraceSelection::AddHop(const Op& op, const Graph::Operand& operand,
                            std::string_view target, bool expand) {
  const ObjectId object = from_.graph.node(operand.child).object;
  const Symbol type = from_.objects[object].type;
  // A caveat that is false closes the way, whatever is behind it.
  parts_.push_back(
      {.object = object,
       .slot = target.empty() ? names_.FindSlot(type, operand.subject_relation)
                              : names_.FindSlot(type, target),
       .target = target,
       .expand = expand && operand.cap != Value::kFalse,
       .through = op.relation,
       .subject_relation = operand.subject_relation,
       .row = {operand.cap, operand.atom}});
}

}  // namespace kith::engine
