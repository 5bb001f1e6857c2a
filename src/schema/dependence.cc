#include "schema/dependence.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "schema/analysis/symbols.h"
#include "schema/unknown_name.h"

namespace kith::schema {
namespace {

// What rests on what: the rules of a schema as a graph. A node is a definition
// (its objects), one of its relations or permissions, or an arrow, which all
// permissions of the definition that write it share.
class Graph {
 public:
  using Node = uint32_t;
  using NamePair = std::pair<std::string_view, std::string_view>;
  struct Step {
    Node from;     // the needed one
    bool carries;  // hands on who has it; what an arrow walks does not
  };

  explicit Graph(const Symbols& symbols) : symbols_(symbols) {
    // Nodes of names first, so that every rule finds those it mentions.
    for (const Definition& definition : symbols.schema().definitions()) {
      NewNode({definition.name, {}, false});
      for (const Relation& relation : definition.relations) {
        NewNode({definition.name, relation.name, false});
        types_with_[relation.name].push_back(definition.name);
      }
      for (const Permission& permission : definition.permissions) {
        NewNode({definition.name, permission.name, true});
        types_with_[permission.name].push_back(definition.name);
      }
    }
    for (const Definition& definition : symbols.schema().definitions()) {
      AddRules(definition);
    }
  }

  // `name` empty: the objects of the definition.
  Node Find(std::string_view definition, std::string_view name) const {
    return nodes_.find(NamePair(definition, name))->second;
  }
  size_t size() const { return names_.size(); }
  const std::vector<Step>& NeedsOf(Node node) const { return needs_[node]; }

  // Nodes of `seen` but `self` as references, sorted; arrows and definitions
  // are none.
  std::vector<RelationReference> References(const std::vector<bool>& seen,
                                            Node self) const {
    std::vector<RelationReference> references;
    for (Node node = 0; node < names_.size(); ++node) {
      const Name& name = names_[node];
      if (!seen[node] || node == self || name.member.empty()) continue;
      references.push_back({std::string(name.definition),
                            std::string(name.member), name.is_permission});
    }
    std::sort(references.begin(), references.end(),
              [](const RelationReference& a, const RelationReference& b) {
                return std::tie(a.definition, a.name) <
                       std::tie(b.definition, b.name);
              });
    return references;
  }

 private:
  struct Name {
    std::string_view definition;
    std::string_view member;  // empty: the definition, or an arrow
    bool is_permission;
  };

  Node NewNode(Name name) {
    const Node node = static_cast<Node>(names_.size());
    names_.push_back(name);
    needs_.emplace_back();
    nodes_.emplace(NamePair(name.definition, name.member), node);
    return node;
  }

  void Need(Node node, Node from, bool carries = true) {
    needs_[node].push_back({from, carries});
  }

  void AddRules(const Definition& definition) {
    arrows_.clear();
    for (const Relation& relation : definition.relations) {
      const Node node = Find(definition.name, relation.name);
      for (const AllowedSubject& allowed : relation.allowed) {
        Need(node, Find(allowed.type, allowed.relation));
      }
    }
    for (const Permission& permission : definition.permissions) {
      AddExpression(definition, permission.expression,
                    Find(definition.name, permission.name));
    }
  }

  // As deep as the expression, which the parser bounds.
  void AddExpression(const Definition& definition, const Expression& e,
                     Node node) {
    switch (e.kind) {
      case Expression::Kind::kNil:
        return;
      case Expression::Kind::kSelf:
        return Need(node, Find(definition.name, {}));
      case Expression::Kind::kName:
        return Need(node, Find(definition.name, e.name));
      case Expression::Kind::kArrow:
      case Expression::Kind::kArrowAll:
        return Need(node, Arrow(definition, e));
      case Expression::Kind::kUnion:
      case Expression::Kind::kIntersection:
      case Expression::Kind::kExclusion:
        break;
    }
    for (const Expression& operand : e.operands) {
      AddExpression(definition, operand, node);
    }
  }

  // An arrow needs its target on every type that has it and, when there is any,
  // the relation it walks.
  Node Arrow(const Definition& definition, const Expression& e) {
    const auto [it, is_new] = arrows_.try_emplace(NamePair(e.name, e.target));
    if (!is_new) return it->second;
    const Node node = static_cast<Node>(names_.size());
    it->second = node;
    names_.push_back({definition.name, {}, false});
    needs_.emplace_back();
    const Symbols::Type& type = *symbols_.FindType(definition.name);
    const Node walked = Find(definition.name, e.name);
    for (const std::string_view leads_to :
         TypesOf(*type.Find(e.name)->relation, e.target)) {
      Need(node, Find(leads_to, e.target));
    }
    if (!needs_[node].empty()) Need(node, walked, false);
    return node;
  }

  // The types allowed on `relation` that have `target`. Looks through the
  // shorter of the two lists, which bounds the arrows of a hostile schema.
  std::vector<std::string_view> TypesOf(const Relation& relation,
                                        std::string_view target) {
    absl::flat_hash_set<std::string_view>& allowed = allowed_[&relation];
    if (allowed.empty()) {
      for (const AllowedSubject& a : relation.allowed) allowed.insert(a.type);
    }
    std::vector<std::string_view> types;
    const auto with = types_with_.find(target);
    if (with == types_with_.end()) return types;
    if (allowed.size() < with->second.size()) {
      for (const std::string_view type : allowed) {
        if (symbols_.FindType(type)->Find(target)) types.push_back(type);
      }
    } else {
      for (const std::string_view type : with->second) {
        if (allowed.contains(type)) types.push_back(type);
      }
    }
    return types;
  }

  const Symbols& symbols_;
  std::vector<Name> names_;
  std::vector<std::vector<Step>> needs_;
  absl::flat_hash_map<NamePair, Node> nodes_;
  absl::flat_hash_map<std::string_view, std::vector<std::string_view>>
      types_with_;
  absl::flat_hash_map<const Relation*, absl::flat_hash_set<std::string_view>>
      allowed_;
  absl::flat_hash_map<NamePair, Node> arrows_;  // of the definition at hand
};

// The nodes that can be reached from `start` in one step or more.
std::vector<bool> Reach(const std::vector<std::vector<Graph::Node>>& next,
                        Graph::Node start) {
  std::vector<bool> seen(next.size());
  std::deque<Graph::Node> open = {start};
  while (!open.empty()) {
    const Graph::Node node = open.front();
    open.pop_front();
    for (const Graph::Node to : next[node]) {
      if (seen[to]) continue;
      seen[to] = true;
      open.push_back(to);
    }
  }
  return seen;
}

absl::StatusOr<const Symbols::Type*> FindType(const Symbols& symbols,
                                              std::string_view definition) {
  const Symbols::Type* type = symbols.FindType(definition);
  if (type == nullptr) return UnknownDefinition(definition);
  return type;
}

}  // namespace

absl::StatusOr<std::vector<RelationReference>> ComputablePermissions(
    const Schema& schema, std::string_view definition,
    std::string_view relation, std::string_view definition_prefix) {
  const Symbols symbols(schema);
  KITH_ASSIGN_OR_RETURN(const Symbols::Type* const type,
                        FindType(symbols, definition));
  if (!relation.empty() && type->Find(relation) == nullptr) {
    return UnknownRelation(definition, relation);
  }
  const Graph graph(symbols);
  std::vector<std::vector<Graph::Node>> gives(graph.size());
  for (Graph::Node node = 0; node < graph.size(); ++node) {
    for (const Graph::Step& step : graph.NeedsOf(node)) {
      if (step.carries) gives[step.from].push_back(node);
    }
  }
  const Graph::Node start = graph.Find(definition, relation);
  auto references = graph.References(Reach(gives, start), start);
  std::erase_if(references, [&](const RelationReference& reference) {
    return !reference.definition.starts_with(definition_prefix);
  });
  return references;
}

absl::StatusOr<std::vector<RelationReference>> DependentRelations(
    const Schema& schema, std::string_view definition,
    std::string_view permission) {
  const Symbols symbols(schema);
  KITH_ASSIGN_OR_RETURN(const Symbols::Type* const type,
                        FindType(symbols, definition));
  const Symbols::Member* member = type->Find(permission);
  if (member == nullptr) return UnknownRelation(definition, permission);
  if (member->permission == nullptr) {
    return MakeError(
        absl::StatusCode::kInvalidArgument,
        ErrorReason::kUnknownRelationOrPermission,
        fmt::format("\"{}\" is a relation of definition \"{}\": expected a "
                    "permission",
                    permission, definition),
        {{"relationName", permission}});
  }
  const Graph graph(symbols);
  std::vector<std::vector<Graph::Node>> needs(graph.size());
  for (Graph::Node node = 0; node < graph.size(); ++node) {
    for (const Graph::Step& step : graph.NeedsOf(node)) {
      if (step.carries) needs[node].push_back(step.from);
    }
  }
  const Graph::Node start = graph.Find(definition, permission);
  const std::vector<bool> reached = Reach(needs, start);
  // What an arrow walks decides too, but who its subject sets stand for does
  // not: an arrow asks the objects that they name.
  std::vector<bool> seen = reached;
  for (Graph::Node node = 0; node < graph.size(); ++node) {
    if (!reached[node]) continue;
    for (const Graph::Step& step : graph.NeedsOf(node)) seen[step.from] = true;
  }
  return graph.References(seen, start);
}

}  // namespace kith::schema
