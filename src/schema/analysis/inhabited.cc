#include "schema/analysis/inhabited.h"

#include <algorithm>

namespace kith::schema {

// The least fixpoint, by rounds that only ever add. A round costs the schema;
// there are as many as the longest chain of permissions written in the wrong
// order, and a cut-off keeps a hostile schema from costing more: what is not
// decided by then counts as inhabited, which warns of nothing.
Inhabited::Inhabited(const Symbols& symbols) : symbols_(symbols) {
  constexpr int kMaxRounds = 100;
  bool changed = true;
  for (int round = 0; changed; ++round) {
    changed = false;
    for (const Definition& definition : symbols.schema().definitions()) {
      const Symbols::Type& type = *symbols.FindType(definition.name);
      for (const Permission& permission : definition.permissions) {
        if (Has(permission)) continue;
        if (round < kMaxRounds && !Holds(type, permission.expression)) continue;
        found_.insert(&permission);
        changed = round < kMaxRounds;
      }
    }
  }
}

// As deep as the expression, which the parser bounds.
bool Inhabited::Holds(const Symbols::Type& type, const Expression& e) const {
  const auto has = [this](const Symbols::Member* member) {
    return member != nullptr &&
           (member->relation != nullptr || Has(*member->permission));
  };
  const auto holds = [&](const Expression& operand) {
    return Holds(type, operand);
  };
  switch (e.kind) {
    case Expression::Kind::kNil:
      return false;
    case Expression::Kind::kSelf:
      return true;
    case Expression::Kind::kName:
      return has(type.Find(e.name));
    case Expression::Kind::kArrow:
    case Expression::Kind::kArrowAll: {
      const auto& allowed = type.Find(e.name)->relation->allowed;
      return std::any_of(
          allowed.begin(), allowed.end(), [&](const AllowedSubject& a) {
            return has(symbols_.FindType(a.type)->Find(e.target));
          });
    }
    case Expression::Kind::kUnion:
      return std::any_of(e.operands.begin(), e.operands.end(), holds);
    case Expression::Kind::kIntersection:
      return std::all_of(e.operands.begin(), e.operands.end(), holds);
    case Expression::Kind::kExclusion:
      return holds(e.operands[0]);
  }
  return true;
}

}  // namespace kith::schema
