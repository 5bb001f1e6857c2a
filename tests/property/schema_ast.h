#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "property/condition.h"

// A schema as the generator makes it and the oracle evaluates it: a few plain
// structs of its own, so that nothing of the schema layer is trusted.

namespace kith::property {

struct Expr {
  enum class Kind {
    kNil,
    kSelf,
    kRef,       // name
    kArrowAny,  // name->target
    kArrowAll,  // name.all(target)
    kUnion,
    kIntersection,
    kExclusion,  // operands[0] without operands[1]
  };
  Kind kind = Kind::kNil;
  std::string name;
  std::string target;
  std::vector<Expr> operands;

  static Expr Ref(std::string_view name);
  static Expr Arrow(std::string_view name, std::string_view target);
  static Expr All(std::string_view name, std::string_view target);
  static Expr Union(std::vector<Expr> operands);
  static Expr Intersection(std::vector<Expr> operands);
  static Expr Exclusion(Expr base, Expr subtracted);
};

struct AllowedType {
  std::string type;
  std::string relation;  // empty: the object itself
  bool wildcard = false;
  bool expiration = false;
  std::string caveat;  // empty: none

  friend bool operator==(const AllowedType&, const AllowedType&) = default;
};

struct RelationDef {
  std::string name;
  std::vector<AllowedType> allowed;
};

struct PermissionDef {
  std::string name;
  Expr expr;
};

struct TypeDef {
  std::string name;
  std::vector<RelationDef> relations;
  std::vector<PermissionDef> permissions;

  const RelationDef* FindRelation(std::string_view wanted) const;
  const PermissionDef* FindPermission(std::string_view wanted) const;
  bool Has(std::string_view wanted) const;
};

struct SchemaAst {
  std::vector<CaveatDef> caveats;
  std::vector<TypeDef> types;
  // Whether text leaves out the parentheses that precedence makes needless.
  bool few_parentheses = false;

  const TypeDef* FindType(std::string_view wanted) const;
  const CaveatDef* FindCaveat(std::string_view wanted) const;
};

// The schema in the schema language.
std::string SchemaText(const SchemaAst& schema);

}  // namespace kith::property
