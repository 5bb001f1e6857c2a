#include "property/schema_generator.h"

#include <algorithm>
#include <set>
#include <utility>

namespace kith::property {
namespace {

using Names = std::vector<std::string>;
using Visited = std::set<std::pair<std::string, std::string>>;

bool HoldsWildcard(const SchemaAst& schema, std::string_view type_name,
                   std::string_view relation_name, Visited* visited) {
  if (!visited->emplace(type_name, relation_name).second) return false;
  const TypeDef* type = schema.FindType(type_name);
  const RelationDef* relation =
      type == nullptr ? nullptr : type->FindRelation(relation_name);
  if (relation == nullptr) return false;
  return std::any_of(
      relation->allowed.begin(), relation->allowed.end(),
      [&](const AllowedType& one) {
        return one.wildcard ||
               (!one.relation.empty() &&
                HoldsWildcard(schema, one.type, one.relation, visited));
      });
}

class SchemaMaker {
 public:
  explicit SchemaMaker(Random* random) : random_(*random) {}

  SchemaMaker(SchemaAst schema, Random* random)
      : random_(*random), schema_(std::move(schema)) {}

  SchemaAst Change(const std::vector<Relationship>& relationships) {
    std::erase_if(schema_.types, [](const TypeDef& type) {
      return type.name == kUser || type.name == kBot || type.name == kNoise;
    });
    for (TypeDef& type : schema_.types) {
      for (RelationDef& relation : type.relations) {
        if (random_.Percent(20)) AllowMore(&relation);
        if (random_.Percent(40)) AllowLess(type, &relation, relationships);
      }
    }
    for (TypeDef& type : schema_.types) {
      for (size_t i = 0; i < type.permissions.size(); ++i) {
        if (random_.Percent(50)) continue;
        type.permissions[i].expr = PermissionExpr(type, i);
      }
    }
    for (CaveatDef& caveat : schema_.caveats) {
      if (random_.Percent(40)) ChangeCondition(&caveat, &random_);
    }
    AddFixedTypes();
    return std::move(schema_);
  }

  SchemaAst Make() {
    NameEverything();
    if (random_.Percent(70)) schema_.caveats = MakeCaveats(&random_);
    for (TypeDef& type : schema_.types) {
      for (RelationDef& relation : type.relations) AllowTypes(&relation);
    }
    DropWildcardSets();
    for (TypeDef& type : schema_.types) {
      for (size_t i = 0; i < type.permissions.size(); ++i) {
        type.permissions[i].expr = PermissionExpr(type, i);
      }
    }
    AddFixedTypes();
    schema_.few_parentheses = random_.Percent(50);
    random_.Shuffle(&schema_.types);
    return std::move(schema_);
  }

 private:
  void NameEverything() {
    const Names types = {"group", "folder", "doc", "org/team"};
    const Names relations = {"member", "viewer", "parent", "banned", "owner"};
    const Names permissions = {"view", "edit", "flow", "access"};
    for (std::string& name : random_.Sample(types, random_.Between(1, 3))) {
      TypeDef type;
      type.name = std::move(name);
      for (auto& one : random_.Sample(relations, random_.Between(2, 4))) {
        type.relations.push_back({std::move(one), {}});
      }
      for (auto& one : random_.Sample(permissions, random_.Between(1, 4))) {
        type.permissions.push_back({std::move(one), {}});
      }
      schema_.types.push_back(std::move(type));
    }
  }

  AllowedType MakeAllowed(bool parent) {
    const TypeDef& type = random_.Pick(schema_.types);
    const size_t kind = random_.Below(100);
    AllowedType allowed;
    allowed.expiration = random_.Percent(12);
    allowed.caveat = MaybeCaveat(45);
    if (kind < (parent ? 60 : 20)) {
      allowed.type = type.name;
    } else if (kind < (parent ? 90 : 55)) {
      allowed.type = type.name;
      allowed.relation = random_.Percent(70)
                             ? random_.Pick(type.relations).name
                             : random_.Pick(type.permissions).name;
    } else if (kind < (parent ? 92 : 70)) {
      allowed.type = random_.Percent(80) ? kUser : type.name;
      allowed.wildcard = true;
    } else {
      allowed.type = random_.Percent(85) ? kUser : kBot;
    }
    return allowed;
  }

  std::string MaybeCaveat(size_t percent) {
    if (schema_.caveats.empty() || !random_.Percent(percent)) return "";
    return random_.Pick(schema_.caveats).name;
  }

  static bool Contains(const RelationDef& relation, const AllowedType& one) {
    return std::find(relation.allowed.begin(), relation.allowed.end(), one) !=
           relation.allowed.end();
  }

  void AllowTypes(RelationDef* relation) {
    const bool parent = relation->name == "parent";
    for (size_t n = random_.Between(1, 4); n > 0; --n) {
      AllowedType one = MakeAllowed(parent);
      if (!Contains(*relation, one)) relation->allowed.push_back(one);
      // Other ways to write the same subject.
      one.expiration = !one.expiration;
      if (random_.Percent(8) && !Contains(*relation, one)) {
        relation->allowed.push_back(one);
      }
      one.expiration = !one.expiration;
      one.caveat = MaybeCaveat(70);
      if (random_.Percent(20) && !Contains(*relation, one)) {
        relation->allowed.push_back(one);
      }
    }
  }

  // No wildcards: other relations may have to be free of them.
  void AllowMore(RelationDef* relation) {
    AllowedType one = MakeAllowed(relation->name == "parent");
    if (one.wildcard || Contains(*relation, one)) return;
    if (property::HoldsWildcard(schema_, one.type, one.relation)) return;
    relation->allowed.push_back(std::move(one));
  }

  void AllowLess(const TypeDef& type, RelationDef* relation,
                 const std::vector<Relationship>& relationships) {
    const size_t index = random_.Below(relation->allowed.size());
    const AllowedType& one = relation->allowed[index];
    const auto has = [&](const Relationship& r) {
      return r.resource.type == type.name && r.relation == relation->name &&
             r.subject.object.type == one.type &&
             r.subject.relation == one.relation &&
             r.subject.is_wildcard() == one.wildcard &&
             (r.caveat ? r.caveat->name : "") == one.caveat &&
             r.expires_at.has_value() == one.expiration;
    };
    if (relation->allowed.size() == 1 ||
        std::any_of(relationships.begin(), relationships.end(), has)) {
      return;
    }
    relation->allowed.erase(relation->allowed.begin() +
                            static_cast<long>(index));
  }

  // Subject sets of relations that hold wildcards are refused.
  void DropWildcardSets() {
    for (TypeDef& type : schema_.types) {
      for (RelationDef& relation : type.relations) {
        std::erase_if(relation.allowed, [&](const AllowedType& one) {
          return !one.relation.empty() &&
                 property::HoldsWildcard(schema_, one.type, one.relation);
        });
        if (relation.allowed.empty()) relation.allowed.push_back({kUser});
      }
    }
  }

  Names Tuplesets(const TypeDef& type) {
    Names names;
    for (const RelationDef& relation : type.relations) {
      if (!property::HoldsWildcard(schema_, type.name, relation.name)) {
        names.push_back(relation.name);
      }
    }
    return names;
  }

  std::string Target(const TypeDef& type, const std::string& tupleset) {
    const AllowedType& allowed =
        random_.Pick(type.FindRelation(tupleset)->allowed);
    const TypeDef* on = schema_.FindType(allowed.type);
    if (on == nullptr || random_.Percent(10)) {
      on = &random_.Pick(schema_.types);
    }
    return random_.Percent(40) ? random_.Pick(on->relations).name
                               : random_.Pick(on->permissions).name;
  }

  // `before`: permissions that a bare name may refer to, so that no
  // permission is merely an alias of itself; the others recur inside of
  // operations only.
  Expr Operand(const TypeDef& type, size_t before, bool nested) {
    const size_t kind = random_.Below(100);
    const Names tuplesets = Tuplesets(type);
    if (kind < 27 && !tuplesets.empty()) {
      const std::string& tupleset = random_.Pick(tuplesets);
      const std::string target = Target(type, tupleset);
      return random_.Percent(65) ? Expr::Arrow(tupleset, target)
                                 : Expr::All(tupleset, target);
    }
    if (kind < 30) return {};
    if (kind < 35) {
      Expr self;
      self.kind = Expr::Kind::kSelf;
      return self;
    }
    const size_t permissions =
        nested && random_.Percent(30) ? type.permissions.size() : before;
    if (permissions > 0 && random_.Percent(35)) {
      return Expr::Ref(type.permissions[random_.Below(permissions)].name);
    }
    return Expr::Ref(random_.Pick(type.relations).name);
  }

  Expr MakeExpr(const TypeDef& type, size_t before, int depth, bool nested) {
    if (depth == 0 || random_.Percent(30)) {
      return Operand(type, before, nested);
    }
    const size_t kind = random_.Below(100);
    const size_t count = kind < 70 && random_.Percent(25) ? 3 : 2;
    std::vector<Expr> operands;
    for (size_t i = 0; i < count; ++i) {
      operands.push_back(MakeExpr(type, before, depth - 1, true));
    }
    // Both sides of an operation over the same relation.
    if (random_.Percent(6)) operands[1] = operands[0];
    if (kind < 45) return Expr::Union(std::move(operands));
    if (kind < 70) return Expr::Intersection(std::move(operands));
    return Expr::Exclusion(std::move(operands[0]), std::move(operands[1]));
  }

  // `viewer + parent->view`, the recursion that most schemas have.
  Expr PermissionExpr(const TypeDef& type, size_t index) {
    const Names tuplesets = Tuplesets(type);
    const std::string& name = type.permissions[index].name;
    if (!tuplesets.empty() && random_.Percent(25)) {
      Expr up = random_.Percent(75) ? Expr::Arrow(random_.Pick(tuplesets), name)
                                    : Expr::All(random_.Pick(tuplesets), name);
      Expr expr = Expr::Union({MakeExpr(type, index, 1, true), std::move(up)});
      if (random_.Percent(25)) {
        expr = Expr::Exclusion(std::move(expr), MakeExpr(type, index, 1, true));
      }
      return expr;
    }
    return MakeExpr(type, index, static_cast<int>(random_.Between(0, 3)),
                    false);
  }

  void AddFixedTypes() {
    schema_.types.push_back({kUser, {}, {}});
    schema_.types.push_back({kBot, {}, {}});
    schema_.types.push_back(
        {kNoise, {{kNoiseRelation, {{kUser}, {kUser, "", true}}}}, {}});
  }

  Random& random_;
  SchemaAst schema_;
};

}  // namespace

bool HoldsWildcard(const SchemaAst& schema, std::string_view type,
                   std::string_view relation) {
  Visited visited;
  return HoldsWildcard(schema, type, relation, &visited);
}

SchemaAst MakeSchema(Random* random) { return SchemaMaker(random).Make(); }

SchemaAst ChangeSchema(const SchemaAst& schema,
                       const std::vector<Relationship>& relationships,
                       Random* random) {
  return SchemaMaker(schema, random).Change(relationships);
}

}  // namespace kith::property
