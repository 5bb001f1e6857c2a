#include "property/shrink.h"

#include <utility>

namespace kith::property {
namespace {

// Puts one smaller version of the expression in its place; false when the
// answer is right with all of them.
bool ShrinkExpr(Expr* expr, const StillWrong& still_wrong) {
  const Expr original = *expr;
  for (const Expr& operand : original.operands) {
    *expr = operand;
    if (still_wrong()) return true;
  }
  if (original.kind != Expr::Kind::kNil) {
    *expr = Expr{};
    if (still_wrong()) return true;
  }
  *expr = original;
  for (size_t i = 0; i < expr->operands.size(); ++i) {
    if (expr->operands.size() > 2) {
      expr->operands.erase(expr->operands.begin() + static_cast<long>(i));
      if (still_wrong()) return true;
      *expr = original;
    }
    if (ShrinkExpr(&expr->operands[i], still_wrong)) return true;
  }
  return false;
}

// Drops each item that can go; true when one did.
template <typename T>
bool DropItems(std::vector<T>* items, const StillWrong& still_wrong) {
  bool dropped = false;
  for (size_t i = items->size(); i-- > 0;) {
    T item = std::move((*items)[i]);
    items->erase(items->begin() + static_cast<long>(i));
    if (still_wrong()) {
      dropped = true;
    } else {
      items->insert(items->begin() + static_cast<long>(i), std::move(item));
    }
  }
  return dropped;
}

// Caveats, expiries and contexts that do not matter.
bool ShrinkRelationship(Relationship* r, const StillWrong& still_wrong) {
  const Relationship original = *r;
  if (r->expires_at) {
    r->expires_at.reset();
    if (still_wrong()) return true;
    *r = original;
  }
  if (!r->caveat) return false;
  r->caveat.reset();
  if (still_wrong()) return true;
  *r = original;
  return ShrinkContext(&r->caveat->context, still_wrong);
}

}  // namespace

bool ShrinkRelationships(std::vector<Relationship>* relationships,
                         const StillWrong& still_wrong) {
  bool shrunk = DropItems(relationships, still_wrong);
  for (Relationship& r : *relationships) {
    shrunk |= ShrinkRelationship(&r, still_wrong);
  }
  return shrunk;
}

bool ShrinkSchema(SchemaAst* schema, const StillWrong& still_wrong) {
  bool shrunk = DropItems(&schema->types, still_wrong);
  for (TypeDef& type : schema->types) {
    for (PermissionDef& permission : type.permissions) {
      while (ShrinkExpr(&permission.expr, still_wrong)) shrunk = true;
    }
    shrunk |= DropItems(&type.permissions, still_wrong);
    for (RelationDef& relation : type.relations) {
      shrunk |= DropItems(&relation.allowed, still_wrong);
    }
    shrunk |= DropItems(&type.relations, still_wrong);
  }
  shrunk |= DropItems(&schema->caveats, still_wrong);
  return shrunk;
}

bool ShrinkContext(Struct* context, const StillWrong& still_wrong) {
  bool dropped = false;
  const Struct all = *context;
  for (const auto& [name, value] : all) {
    context->erase(name);
    if (still_wrong()) {
      dropped = true;
    } else {
      (*context)[name] = value;
    }
  }
  return dropped;
}

}  // namespace kith::property
