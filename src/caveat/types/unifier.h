#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "caveat/types/type.h"

namespace kith::caveat {

// What is known of type variables while an expression is checked. dyn goes
// with every type, in both directions. Not thread-safe.
class Unifier {
 public:
  Type Fresh() { return Type::Variable(Reserve(1)); }
  // `signature` with its variables (numbered from 0) moved up by `base`.
  static Type Instantiate(const Type& signature, int base);
  // The first of `count` new variables.
  int Reserve(int count);

  // Whether a value of type `from` does where `to` is wanted; on the way
  // variables of both are bound, also when the answer is no.
  bool Assign(const Type& to, const Type& from);
  // The type of either of two values, when one goes for the other.
  std::optional<Type> Join(const Type& a, const Type& b);

  // What binding did since a mark can be undone.
  size_t Mark() const { return trail_.size(); }
  void Rollback(size_t mark);

  // With bound variables replaced, deeply or at the top only.
  Type Resolve(const Type& type) const;
  const Type& Head(const Type& type) const;
  // The same with dyn for the variables that nothing is known of.
  Type Finish(const Type& type) const;

 private:
  bool AssignHeads(const Type& to, const Type& from);
  bool BindVariable(int variable, const Type& type);
  bool Occurs(int variable, const Type& type, int depth) const;
  void Set(int variable, Type type);

  std::vector<std::optional<Type>> bindings_;
  std::vector<std::pair<int, std::optional<Type>>> trail_;
};

}  // namespace kith::caveat
