#include "caveat/types/unifier.h"

namespace kith::caveat {
namespace {

// No type of a sensible expression is this deep; a deeper one counts as
// infinite, which keeps recursion over types short.
constexpr int kTypeDepthMax = 200;

// The type that holds the values of both; they go for each other.
Type MoreGeneral(const Type& a, const Type& b) {
  if (a.kind != b.kind) {
    return a.kind == Kind::kVariable || b.kind == Kind::kDyn ? b : a;
  }
  Type result = a;
  for (size_t i = 0; i < a.parameters.size(); ++i) {
    result.parameters[i] = MoreGeneral(a.parameters[i], b.parameters[i]);
  }
  return result;
}

}  // namespace

int Unifier::Reserve(int count) {
  const int first = static_cast<int>(bindings_.size());
  bindings_.resize(bindings_.size() + count);
  return first;
}

Type Unifier::Instantiate(const Type& signature, int base) {
  Type type = signature;
  if (type.kind == Kind::kVariable) type.variable += base;
  for (Type& parameter : type.parameters) {
    parameter = Instantiate(parameter, base);
  }
  return type;
}

const Type& Unifier::Head(const Type& type) const {
  const Type* head = &type;
  while (head->kind == Kind::kVariable && bindings_[head->variable]) {
    head = &*bindings_[head->variable];
  }
  return *head;
}

Type Unifier::Resolve(const Type& type) const {
  Type result = Head(type);
  for (Type& parameter : result.parameters) parameter = Resolve(parameter);
  return result;
}

Type Unifier::Finish(const Type& type) const {
  Type result = Head(type);
  if (result.kind == Kind::kVariable) return Type{};
  for (Type& parameter : result.parameters) parameter = Finish(parameter);
  return result;
}

bool Unifier::Occurs(int variable, const Type& type, int depth) const {
  if (depth > kTypeDepthMax) return true;
  const Type& head = Head(type);
  if (head.kind == Kind::kVariable) return head.variable == variable;
  for (const Type& parameter : head.parameters) {
    if (Occurs(variable, parameter, depth + 1)) return true;
  }
  return false;
}

void Unifier::Set(int variable, Type type) {
  trail_.emplace_back(variable, std::move(bindings_[variable]));
  bindings_[variable] = std::move(type);
}

void Unifier::Rollback(size_t mark) {
  while (trail_.size() > mark) {
    bindings_[trail_.back().first] = std::move(trail_.back().second);
    trail_.pop_back();
  }
}

bool Unifier::BindVariable(int variable, const Type& type) {
  if (Occurs(variable, type, 0)) return false;
  Set(variable, type);
  return true;
}

bool Unifier::AssignHeads(const Type& to, const Type& from) {
  if (to == from) return true;
  if (to.kind == Kind::kVariable) return BindVariable(to.variable, from);
  if (from.kind == Kind::kVariable) return BindVariable(from.variable, to);
  if (to.kind == Kind::kDyn || from.kind == Kind::kDyn) return true;
  if (to.kind != from.kind) return false;
  for (size_t i = 0; i < to.parameters.size(); ++i) {
    if (!Assign(to.parameters[i], from.parameters[i])) return false;
  }
  return true;
}

bool Unifier::Assign(const Type& to, const Type& from) {
  if (to == from) return true;
  // Copies: binding moves what the heads point to.
  const Type to_head = Head(to);
  const Type from_head = Head(from);
  if (!AssignHeads(to_head, from_head)) return false;
  // A variable that stood for int and meets dyn stands for dyn from now on.
  const bool was_bound =
      to.kind == Kind::kVariable && to_head.kind != Kind::kVariable;
  if (was_bound && from_head.kind != Kind::kVariable) {
    Type general = MoreGeneral(Resolve(to_head), Resolve(from_head));
    if (!(general == to_head)) Set(to.variable, std::move(general));
  }
  return true;
}

std::optional<Type> Unifier::Join(const Type& a, const Type& b) {
  if (a == b) return a;
  const size_t mark = Mark();
  if (!Assign(a, b)) {
    Rollback(mark);
    return std::nullopt;
  }
  return MoreGeneral(Resolve(a), Resolve(b));
}

}  // namespace kith::caveat
