#include <string>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "schema/analysis/type_check.h"
#include "schema/analysis/wildcard.h"
#include "schema/diagnostic.h"
#include "schema/suggestion.h"

namespace kith::schema {
namespace {

class PermissionChecker {
 public:
  PermissionChecker(const Symbols& symbols, const Symbols::Type& type,
                    const Permission& permission)
      : symbols_(symbols), type_(type), permission_(permission) {}

  // As deep as the expression, which the parser bounds.
  absl::Status Check(const Expression& e) const {
    switch (e.kind) {
      case Expression::Kind::kNil:
      case Expression::Kind::kSelf:
        return absl::OkStatus();
      case Expression::Kind::kName:
        return CheckName(e);
      case Expression::Kind::kArrow:
      case Expression::Kind::kArrowAll:
        return CheckArrow(e);
      case Expression::Kind::kUnion:
      case Expression::Kind::kIntersection:
      case Expression::Kind::kExclusion:
        break;
    }
    for (const Expression& operand : e.operands) {
      KITH_RETURN_IF_ERROR(Check(operand));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CheckName(const Expression& e) const {
    if (type_.Find(e.name) != nullptr) return absl::OkStatus();
    const bool meant_self = e.name == "self" && !symbols_.Uses("self");
    return Error(e,
                 fmt::format("unknown relation or permission {} of definition "
                             "{}",
                             Quoted(e.name), Quoted(type_.definition->name)),
                 meant_self ? "write \"use self\" at the top of the schema"
                            : DidYouMean(e.name, type_.MemberNames()));
  }

  // The right side may be missing on some of the types or on all of them; it
  // then leads to no one there.
  absl::Status CheckArrow(const Expression& e) const {
    const Symbols::Member* left = type_.Find(e.name);
    if (left == nullptr) {
      return Error(e,
                   fmt::format("unknown relation {} of definition {}: expected "
                               "a relation on the left side of an arrow",
                               Quoted(e.name), Quoted(type_.definition->name)),
                   DidYouMean(e.name, type_.RelationNames()));
    }
    if (left->relation == nullptr) {
      return Error(e,
                   fmt::format("{} is a permission: expected a relation on the "
                               "left side of an arrow",
                               Quoted(e.name)),
                   "use one arrow for each relation that the permission is "
                   "made of");
    }
    if (HasWildcard(*left->relation)) {
      return Error(e,
                   fmt::format("relation {} allows a wildcard: expected a "
                               "relation without one on the left side of an "
                               "arrow",
                               Quoted(e.name)),
                   "an arrow would lead to every object of the type");
    }
    return absl::OkStatus();
  }

  absl::Status Error(const Expression& e, std::string message,
                     std::string hint) const {
    return TypeError({e.range, e.name, std::move(message), std::move(hint)},
                     {{"definition_name", type_.definition->name},
                      {"permission_name", permission_.name},
                      {"relation_name", e.name}});
  }

  const Symbols& symbols_;
  const Symbols::Type& type_;
  const Permission& permission_;
};

// The permission that `permission` is another name of, or nullptr.
const Permission* AliasOf(const Symbols::Type& type,
                          const Permission& permission) {
  if (permission.expression.kind != Expression::Kind::kName) return nullptr;
  const Symbols::Member* member = type.Find(permission.expression.name);
  return member == nullptr ? nullptr : member->permission;
}

absl::Status AliasCycleError(const Symbols::Type& type,
                             const Permission& first) {
  constexpr int kMaxNames = 10;
  std::string names = first.name;
  int count = 1;
  for (const Permission* p = AliasOf(type, first); p != &first;
       p = AliasOf(type, *p)) {
    if (++count > kMaxNames) {
      names += ", ...";
      break;
    }
    names += ", " + p->name;
  }
  return TypeError({first.range, first.name,
                    "permissions are only other names of each other: " + names,
                    "make one of them an expression of relations"},
                   {{"definition_name", type.definition->name},
                    {"permission_name", first.name}});
}

}  // namespace

absl::Status CheckPermissions(const Symbols& symbols) {
  for (const Definition& definition : symbols.schema().definitions()) {
    const Symbols::Type& type = *symbols.FindType(definition.name);
    for (const Permission& permission : definition.permissions) {
      KITH_RETURN_IF_ERROR(PermissionChecker(symbols, type, permission)
                               .Check(permission.expression));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAliasCycles(const Symbols& symbols) {
  // Every permission is stepped on once; meeting one of the same walk again
  // closes a cycle.
  absl::flat_hash_map<const Permission*, size_t> walk_of;
  size_t walk = 0;
  for (const Definition& definition : symbols.schema().definitions()) {
    const Symbols::Type& type = *symbols.FindType(definition.name);
    for (const Permission& start : definition.permissions) {
      ++walk;
      const Permission* p = &start;
      while (p != nullptr && walk_of.emplace(p, walk).second) {
        p = AliasOf(type, *p);
      }
      if (p != nullptr && walk_of[p] == walk) return AliasCycleError(type, *p);
    }
  }
  return absl::OkStatus();
}

}  // namespace kith::schema
