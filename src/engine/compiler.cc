#include "engine/compiler.h"

#include <algorithm>
#include <utility>

#include "base/seeded_bug.h"

namespace kith::engine {
namespace {

// Parts up to which unions within a union are dissolved. Hardly any permission
// has so many; the bound keeps programs linear in the schema.
constexpr size_t kMostFolded = 64;

}  // namespace

ProgramCompiler::ProgramCompiler(const Programs& programs,
                                 const SubjectKind& subject)
    : programs_(programs), reachable_(programs.slot_count(), false) {
  out_.subject_ = subject;
}

SubjectPrograms ProgramCompiler::Compile() {
  FindReachable();
  out_.ops_.emplace_back();  // kNilPc
  // Roots first: expressions refer to each other in any order.
  for (uint32_t slot = 0; slot < programs_.slot_count(); ++slot) {
    out_.roots_.push_back(reachable_[slot] ? Emit({}) : kNilPc);
  }
  alias_.assign(out_.ops_.size(), kNilPc);
  out_.relations_.resize(programs_.slot_count());
  for (uint32_t slot = 0; slot < programs_.slot_count(); ++slot) {
    if (reachable_[slot]) CompileSlot(slot);
  }
  ResolveAliases();
  LeavesFirst();
  FoldUnions();
  FindNests();
  return std::move(out_);
}

bool ProgramCompiler::IsSubject(const Programs::Slot& slot) const {
  return slot.type == out_.subject_.type && slot.name == out_.subject_.relation;
}

// Reachability ---------------------------------------------------------------

template <typename Visit>
void ProgramCompiler::ForEachDependency(const Programs::Slot& slot,
                                        Visit visit) const {
  if (slot.relation != nullptr) {
    for (const auto& allowed : slot.relation->allowed) {
      if (allowed.relation.empty()) continue;
      const auto target =
          programs_.FindSlot(programs_.symbol(allowed.type), allowed.relation);
      if (target) visit(*target);
    }
    return;
  }
  std::vector<const Expression*> todo = {&slot.permission->expression};
  while (!todo.empty()) {
    const Expression& expression = *todo.back();
    todo.pop_back();
    for (const Expression& operand : expression.operands) {
      todo.push_back(&operand);
    }
    if (expression.name.empty()) continue;
    const auto named = programs_.FindSlot(slot.type, expression.name);
    if (!named) continue;
    if (expression.target.empty()) {
      visit(*named);
      continue;
    }
    for (const auto& allowed : programs_.slot(*named).relation->allowed) {
      const auto target =
          programs_.FindSlot(programs_.symbol(allowed.type), expression.target);
      if (target) visit(*target);
    }
  }
}

void ProgramCompiler::FindReachable() {
  const size_t count = programs_.slot_count();
  std::vector<std::vector<uint32_t>> dependents(count);
  for (uint32_t slot = 0; slot < count; ++slot) {
    ForEachDependency(programs_.slot(slot), [&](uint32_t dependency) {
      dependents[dependency].push_back(slot);
    });
  }
  std::vector<uint32_t> todo;
  for (uint32_t slot = 0; slot < count; ++slot) {
    if (CanReach(slot)) {
      reachable_[slot] = true;
      todo.push_back(slot);
    }
  }
  while (!todo.empty()) {
    const uint32_t reached = todo.back();
    todo.pop_back();
    for (const uint32_t slot : dependents[reached]) {
      if (reachable_[slot] || !CanReach(slot)) continue;
      reachable_[slot] = true;
      todo.push_back(slot);
    }
  }
}

bool ProgramCompiler::CanReach(uint32_t index) const {
  const Programs::Slot& slot = programs_.slot(index);
  if (IsSubject(slot)) return true;
  return slot.relation != nullptr
             ? RelationCanReach(slot)
             : ExpressionCanReach(slot, slot.permission->expression);
}

bool ProgramCompiler::RelationCanReach(const Programs::Slot& slot) const {
  for (const auto& allowed : slot.relation->allowed) {
    const Symbol type = programs_.symbol(allowed.type);
    if (allowed.relation.empty()) {
      if (type == out_.subject_.type &&
          out_.subject_.relation == storage::kNoSymbol) {
        return true;
      }
      continue;
    }
    const auto target = programs_.FindSlot(type, allowed.relation);
    if (target && (IsSubject(programs_.slot(*target)) || reachable_[*target])) {
      return true;
    }
  }
  return false;
}

bool ProgramCompiler::ExpressionCanReach(const Programs::Slot& slot,
                                         const Expression& expression) const {
  auto can = [&](const Expression& operand) {
    return ExpressionCanReach(slot, operand);
  };
  switch (expression.kind) {
    case Expression::Kind::kNil:
      return false;
    case Expression::Kind::kSelf:
      return out_.subject_ == SubjectKind{slot.type, storage::kNoSymbol};
    case Expression::Kind::kName: {
      const auto named = programs_.FindSlot(slot.type, expression.name);
      return named && reachable_[*named];
    }
    case Expression::Kind::kArrow:
    case Expression::Kind::kArrowAll:
      return ArrowCanReach(slot, expression);
    case Expression::Kind::kUnion:
      return std::ranges::any_of(expression.operands, can);
    case Expression::Kind::kIntersection:
      return std::ranges::all_of(expression.operands, can);
    case Expression::Kind::kExclusion:
      return can(expression.operands.front());
  }
  return false;
}

bool ProgramCompiler::ArrowCanReach(const Programs::Slot& slot,
                                    const Expression& expression) const {
  const auto tupleset = programs_.FindSlot(slot.type, expression.name);
  if (!tupleset) return false;
  return std::ranges::any_of(
      programs_.slot(*tupleset).relation->allowed, [&](const auto& allowed) {
        const auto target = programs_.FindSlot(programs_.symbol(allowed.type),
                                               expression.target);
        return target && reachable_[*target];
      });
}

// Code -----------------------------------------------------------------------

Pc ProgramCompiler::Emit(Op op) {
  out_.ops_.push_back(op);
  return static_cast<Pc>(out_.ops_.size() - 1);
}

Pc ProgramCompiler::EmitOperands(Op::Kind kind, std::vector<Pc> operands) {
  Op op{.kind = kind,
        .first = static_cast<uint32_t>(out_.children_.size()),
        .count = static_cast<uint32_t>(operands.size())};
  out_.children_.insert(out_.children_.end(), operands.begin(), operands.end());
  return Emit(op);
}

void ProgramCompiler::CompileSlot(uint32_t index) {
  const Programs::Slot& slot = programs_.slot(index);
  Pc body = slot.relation != nullptr
                ? CompileRelation(slot, &out_.relations_[index])
                : CompileExpression(slot, slot.permission->expression);
  if (IsSubject(slot)) {
    // `x#view` is a member of `x#view` without any relationship.
    const Pc identity = Emit({.kind = Op::Kind::kIdentity});
    body = body == kNilPc ? identity
                          : EmitOperands(Op::Kind::kOr, {identity, body});
  }
  alias_[out_.roots_[index]] = body;
}

Pc ProgramCompiler::CompileRelation(const Programs::Slot& slot,
                                    SubjectPrograms::RelationOps* ops) {
  std::vector<Pc> operands;
  ops->direct = CompileDirect(slot);
  if (ops->direct != kNilPc) operands.push_back(ops->direct);
  std::vector<Hop> hops;
  for (const Programs::Allowed& allowed : programs_.allowed(slot)) {
    const SubjectKind& kind = allowed.subject;
    if (kind.relation == storage::kNoSymbol) continue;
    const auto target = programs_.FindSlot(kind.type, kind.relation);
    if (!target || !reachable_[*target]) continue;
    hops.push_back({kind, allowed.traits, out_.roots_[*target]});
  }
  if (!hops.empty()) {
    ops->userset = EmitHops({.kind = Op::Kind::kUserset, .relation = slot.name},
                            std::move(hops));
    operands.push_back(ops->userset);
  }
  if (operands.empty()) return kNilPc;
  if (operands.size() == 1) return operands.front();
  return EmitOperands(Op::Kind::kOr, std::move(operands));
}

Pc ProgramCompiler::CompileDirect(const Programs::Slot& slot) {
  Op op{.kind = Op::Kind::kDirect, .relation = slot.name};
  op.concrete = programs_.TraitsOf(slot, out_.subject_, false);
  // A wildcard stands for objects, never for subject sets.
  if (out_.subject_.relation == storage::kNoSymbol ||
      IsSeeded(SeededBug::kWildcardMatchesSets)) {
    op.wildcard = programs_.TraitsOf(
        slot, {out_.subject_.type, storage::kNoSymbol}, true);
  }
  return op.concrete.none() && op.wildcard.none() ? kNilPc : Emit(op);
}

Pc ProgramCompiler::CompileExpression(const Programs::Slot& slot,
                                      const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::kNil:
      return kNilPc;
    case Expression::Kind::kSelf:
      return out_.subject_ == SubjectKind{slot.type, storage::kNoSymbol}
                 ? Emit({.kind = Op::Kind::kIdentity})
                 : kNilPc;
    case Expression::Kind::kName: {
      const auto named = programs_.FindSlot(slot.type, expression.name);
      return named ? out_.roots_[*named] : kNilPc;
    }
    case Expression::Kind::kArrow:
    case Expression::Kind::kArrowAll:
      return CompileArrow(slot, expression);
    case Expression::Kind::kUnion:
    case Expression::Kind::kIntersection:
      return CompileOperands(slot, expression);
    case Expression::Kind::kExclusion:
      return CompileExclusion(slot, expression);
  }
  return kNilPc;
}

Pc ProgramCompiler::CompileOperands(const Programs::Slot& slot,
                                    const Expression& expression) {
  const bool is_union = expression.kind == Expression::Kind::kUnion;
  std::vector<Pc> operands;
  for (const Expression& operand : expression.operands) {
    const Pc pc = CompileExpression(slot, operand);
    if (pc != kNilPc) {
      operands.push_back(pc);
    } else if (!is_union) {
      return kNilPc;
    }
  }
  if (operands.empty()) return kNilPc;
  if (operands.size() == 1) return operands.front();
  return EmitOperands(is_union ? Op::Kind::kOr : Op::Kind::kAnd,
                      std::move(operands));
}

Pc ProgramCompiler::CompileExclusion(const Programs::Slot& slot,
                                     const Expression& expression) {
  const Pc base = CompileExpression(slot, expression.operands[0]);
  if (base == kNilPc) return kNilPc;
  const Pc subtracted = CompileExpression(slot, expression.operands[1]);
  if (subtracted == kNilPc) return base;
  return EmitOperands(Op::Kind::kMinus, {base, subtracted});
}

Pc ProgramCompiler::CompileArrow(const Programs::Slot& slot,
                                 const Expression& expression) {
  const auto tupleset = programs_.FindSlot(slot.type, expression.name);
  if (!tupleset || !ArrowCanReach(slot, expression)) return kNilPc;
  const bool all = expression.kind == Expression::Kind::kArrowAll;
  std::vector<Hop> hops;
  for (const Programs::Allowed& allowed :
       programs_.allowed(programs_.slot(*tupleset))) {
    if (allowed.wildcard) continue;
    // Arrows walk objects: the subject's relation is followed to its object.
    const auto target =
        programs_.FindSlot(allowed.subject.type, expression.target);
    const Pc pc = target ? out_.roots_[*target] : kNilPc;
    // For `all`, an object that cannot qualify still counts.
    if (pc != kNilPc || all) {
      hops.push_back({allowed.subject, allowed.traits, pc});
    }
  }
  const Pc pc =
      EmitHops({.kind = all ? Op::Kind::kArrowAll : Op::Kind::kArrowAny,
                .relation = programs_.slot(*tupleset).name},
               std::move(hops));
  out_.arrows_.emplace(&expression, pc);
  return pc;
}

Pc ProgramCompiler::EmitHops(Op op, std::vector<Hop> hops) {
  std::ranges::stable_sort(hops, {}, [](const Hop& hop) {
    return std::pair(hop.subject.type, hop.subject.relation);
  });
  op.first = static_cast<uint32_t>(out_.hops_.size());
  op.count = static_cast<uint32_t>(hops.size());
  out_.hops_.insert(out_.hops_.end(), hops.begin(), hops.end());
  return Emit(op);
}

void ProgramCompiler::ResolveAliases() {
  const size_t roots = alias_.size();
  // A root stands for its body; bodies that are roots themselves form chains,
  // which end because the schema refuses permissions that only name each other.
  auto resolve = [&](Pc pc) {
    while (pc < roots && alias_[pc] != kNilPc) pc = alias_[pc];
    return pc;
  };
  // Shorten chains once, so that long ones stay linear.
  for (Pc root = 1; root < roots; ++root) {
    const Pc end = resolve(root);
    for (Pc pc = root; pc < roots && alias_[pc] != kNilPc;) {
      const Pc next = alias_[pc];
      alias_[pc] = end;
      pc = next;
    }
  }
  for (Pc& pc : out_.roots_) pc = resolve(pc);
  for (Pc& pc : out_.children_) pc = resolve(pc);
  for (Hop& hop : out_.hops_) hop.target = resolve(hop.target);
}

void ProgramCompiler::LeavesFirst() {
  for (const Op& op : out_.ops_) {
    if (op.kind != Op::Kind::kOr && op.kind != Op::Kind::kAnd) continue;
    const auto begin = out_.children_.begin() + op.first;
    std::stable_partition(begin, begin + op.count,
                          [&](Pc pc) { return out_.ops_[pc].is_leaf(); });
  }
}

// Parts ----------------------------------------------------------------------

void ProgramCompiler::FoldUnions() {
  out_.folded_.resize(out_.ops_.size());
  std::vector<Pc> seen_in(out_.ops_.size(), kNilPc);
  for (Pc pc = 1; pc < out_.ops_.size(); ++pc) Fold(pc, &seen_in);
}

// `seen_in` says, for each operation, of which it was last found to be a part.
void ProgramCompiler::Fold(Pc pc, std::vector<Pc>* seen_in) {
  const Op& op = out_.ops_[pc];
  if (op.kind == Op::Kind::kAnd || op.kind == Op::Kind::kArrowAll) return;
  std::vector<Pc> leaves, scans, others;
  std::vector<Pc> todo = {op.kind == Op::Kind::kMinus ? out_.children_[op.first]
                                                      : pc};
  bool first_union = true;
  while (!todo.empty()) {
    const Pc at = todo.back();
    todo.pop_back();
    if (std::exchange((*seen_in)[at], pc) == pc) continue;
    const Op& part = out_.ops_[at];
    const bool fits = leaves.size() + scans.size() + others.size() +
                          todo.size() + part.count <=
                      kMostFolded;
    if (part.kind == Op::Kind::kOr &&
        (std::exchange(first_union, false) || fits)) {
      const auto children = out_.children(part);
      todo.insert(todo.end(), children.rbegin(), children.rend());
    } else if (part.kind == Op::Kind::kUserset ||
               part.kind == Op::Kind::kArrowAny) {
      scans.push_back(at);
    } else if (part.is_leaf()) {
      leaves.push_back(at);
    } else {
      others.push_back(at);
    }
  }
  auto& folded = out_.folded_[pc];
  folded.first = static_cast<uint32_t>(out_.parts_.size());
  for (const auto* sort : {&leaves, &scans, &others}) {
    out_.parts_.insert(out_.parts_.end(), sort->begin(), sort->end());
  }
  folded.leaves = static_cast<uint32_t>(leaves.size());
  folded.scans = static_cast<uint32_t>(scans.size());
  folded.others = static_cast<uint32_t>(others.size());
}

void ProgramCompiler::FindNests() {
  // What makes use of what is not mere reach is not mere reach either.
  std::vector<std::vector<Pc>> users(out_.ops_.size());
  std::vector<Pc> todo;
  std::vector<bool> reach(out_.ops_.size(), true);
  for (Pc pc = 0; pc < out_.ops_.size(); ++pc) {
    const Op& op = out_.ops_[pc];
    if (op.is_leaf()) continue;
    if (op.kind == Op::Kind::kUserset || op.kind == Op::Kind::kArrowAny ||
        op.kind == Op::Kind::kArrowAll) {
      for (const Hop& hop : out_.hops(op)) users[hop.target].push_back(pc);
    } else {
      for (const Pc child : out_.children(op)) users[child].push_back(pc);
    }
    if (op.kind == Op::Kind::kAnd || op.kind == Op::Kind::kMinus ||
        op.kind == Op::Kind::kArrowAll) {
      reach[pc] = false;
      todo.push_back(pc);
    }
  }
  while (!todo.empty()) {
    const Pc pc = todo.back();
    todo.pop_back();
    for (const Pc user : users[pc]) {
      if (reach[user]) todo.push_back(user);
      reach[user] = false;
    }
  }
  for (const Hop& hop : out_.hops_) {
    const Op::Kind kind = out_.ops_[hop.target].kind;
    const bool reads = kind != Op::Kind::kNil && kind != Op::Kind::kIdentity;
    if (!reach[hop.target] || !reads) continue;
    out_.folded_[hop.target].nest_of = hop.subject.type;
  }
}

}  // namespace kith::engine
