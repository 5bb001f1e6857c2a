#include "property/oracle.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <utility>

namespace kith::property {
namespace {

Truth Not(Truth truth) {
  return static_cast<Truth>(static_cast<int>(Truth::kTrue) -
                            static_cast<int>(truth));
}

ObjectRef ObjectOf(const AtomName& atom) { return {atom.type, atom.id}; }

AtomName AtomOf(const ObjectRef& object, std::string_view name) {
  return {object.type, std::string(name), object.id};
}

bool IsSubjectSet(const SubjectRef& subject) {
  return !subject.relation.empty();
}

}  // namespace

// ---- The graph and its equations --------------------------------------------

Oracle::Oracle(const SchemaAst& schema,
               const std::vector<Relationship>& relationships, absl::Time now,
               const std::vector<ObjectRef>& objects)
    : schema_(schema) {
  for (const Relationship& r : relationships) {
    if (r.expires_at && *r.expires_at <= now) continue;
    if (!Allowed(r)) continue;
    Edge edge{r.subject};
    if (r.caveat) {
      edge.caveat = static_cast<int>(caveats_.size());
      caveats_.push_back(*r.caveat);
    }
    edges_[{r.resource, r.relation}].push_back(std::move(edge));
    AddObject(r.resource);
    AddObject(r.subject.object);
  }
  for (const ObjectRef& object : objects) AddObject(object);
  // Equations may add atoms of names that are missing.
  for (size_t i = 0; i < atoms_.size(); ++i) {
    equations_.push_back(Equation(AtomName(atoms_[i])));
  }
}

bool Oracle::Allowed(const Relationship& r) const {
  const TypeDef* type = schema_.FindType(r.resource.type);
  if (type == nullptr) return false;
  const RelationDef* relation = type->FindRelation(r.relation);
  if (relation == nullptr) return false;
  const std::string caveat = r.caveat ? r.caveat->name : "";
  return std::any_of(relation->allowed.begin(), relation->allowed.end(),
                     [&](const AllowedType& allowed) {
                       return allowed.type == r.subject.object.type &&
                              allowed.relation == r.subject.relation &&
                              allowed.wildcard == r.subject.is_wildcard() &&
                              allowed.caveat == caveat &&
                              allowed.expiration == r.expires_at.has_value();
                     });
}

void Oracle::AddObject(const ObjectRef& object) {
  const TypeDef* type = schema_.FindType(object.type);
  if (type == nullptr || object.id == kWildcardId) return;
  if (!objects_.insert(object).second) return;
  const auto add = [&](const std::string& name) {
    const AtomName atom = AtomOf(object, name);
    atom_index_.emplace(atom, static_cast<int>(atoms_.size()));
    atoms_.push_back(atom);
  };
  for (const RelationDef& relation : type->relations) add(relation.name);
  for (const PermissionDef& permission : type->permissions) {
    add(permission.name);
  }
}

const std::vector<Oracle::Edge>& Oracle::Edges(const AtomName& atom) const {
  static const auto* none = new std::vector<Edge>;
  const auto it = edges_.find({ObjectOf(atom), atom.name});
  return it == edges_.end() ? *none : it->second;
}

int Oracle::FindAtom(const AtomName& name) const {
  const auto it = atom_index_.find(name);
  return it == atom_index_.end() ? -1 : it->second;
}

int Oracle::InternSubject(const SubjectRef& subject) {
  const auto [it, fresh] =
      subject_index_.emplace(subject, static_cast<int>(subjects_.size()));
  if (fresh) subjects_.push_back(subject);
  return it->second;
}

Oracle::Node Oracle::AtomNode(const AtomName& name) {
  const auto [it, fresh] =
      atom_index_.emplace(name, static_cast<int>(atoms_.size()));
  if (fresh) atoms_.push_back(name);
  Node node;
  node.kind = Node::Kind::kAtom;
  node.atom = it->second;
  return node;
}

Oracle::Node Oracle::SubjectNode(Node::Kind kind, const SubjectRef& subject) {
  Node node;
  node.kind = kind;
  node.subject = InternSubject(subject);
  return node;
}

Oracle::Node Oracle::Capped(const Edge& edge, Node node) {
  if (edge.caveat < 0) return node;
  Node caveat;
  caveat.kind = Node::Kind::kCaveat;
  caveat.caveat = edge.caveat;
  Node capped;
  capped.kind = Node::Kind::kAnd;
  capped.operands = {std::move(caveat), std::move(node)};
  return capped;
}

Oracle::Node Oracle::Equation(const AtomName& atom) {
  const TypeDef& type = *schema_.FindType(atom.type);
  if (!type.Has(atom.name)) return {};
  if (const PermissionDef* permission = type.FindPermission(atom.name)) {
    return ExprNode(atom, permission->expr);
  }
  return RelationNode(atom);
}

Oracle::Node Oracle::RelationNode(const AtomName& atom) {
  Node node;
  node.kind = Node::Kind::kOr;
  for (const Edge& edge : Edges(atom)) {
    const SubjectRef& subject = edge.subject;
    node.operands.push_back(
        Capped(edge, SubjectNode(Node::Kind::kSubject, subject)));
    if (IsSubjectSet(subject)) {
      node.operands.push_back(
          Capped(edge, AtomNode(AtomOf(subject.object, subject.relation))));
    }
  }
  return node;
}

Oracle::Node Oracle::ArrowNode(const AtomName& atom, const Expr& expr) {
  const bool all = expr.kind == Expr::Kind::kArrowAll;
  Node node;
  node.kind = all ? Node::Kind::kAnd : Node::Kind::kOr;
  for (const Edge& edge : Edges(AtomName{atom.type, expr.name, atom.id})) {
    if (edge.subject.is_wildcard()) continue;
    node.operands.push_back(
        Capped(edge, AtomNode(AtomOf(edge.subject.object, expr.target))));
  }
  if (all && node.operands.empty()) node.kind = Node::Kind::kFalse;
  return node;
}

Oracle::Node Oracle::ExprNode(const AtomName& atom, const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kNil:
      return {};
    case Expr::Kind::kSelf:
      return SubjectNode(Node::Kind::kSelf, SubjectRef(ObjectOf(atom)));
    case Expr::Kind::kRef:
      return AtomNode({atom.type, expr.name, atom.id});
    case Expr::Kind::kArrowAny:
    case Expr::Kind::kArrowAll:
      return ArrowNode(atom, expr);
    case Expr::Kind::kUnion:
    case Expr::Kind::kIntersection:
    case Expr::Kind::kExclusion:
      break;
  }
  Node node;
  node.kind = expr.kind == Expr::Kind::kUnion          ? Node::Kind::kOr
              : expr.kind == Expr::Kind::kIntersection ? Node::Kind::kAnd
                                                       : Node::Kind::kMinus;
  for (const Expr& operand : expr.operands) {
    node.operands.push_back(ExprNode(atom, operand));
  }
  return node;
}

// ---- Solving ----------------------------------------------------------------

Oracle::Leaves Oracle::LeavesOf(const Solution& solution) const {
  const SubjectRef& subject = solution.subject_;
  const bool sets = solution.reading_ == WildcardReading::kSets;
  Leaves leaves;
  for (const ConditionValue& one : solution.caveats_)
    leaves.caveats.push_back(one.truth);
  for (const SubjectRef& one : subjects_) {
    const bool same = one == subject;
    const bool wildcard = one.is_wildcard() &&
                          (sets || !IsSubjectSet(subject)) &&
                          one.object.type == subject.object.type;
    leaves.names.push_back(same || wildcard);
    leaves.is.push_back(same);
  }
  leaves.identity = FindAtom(AtomOf(subject.object, subject.relation));
  return leaves;
}

Truth Oracle::Evaluate(const Node& node, const Leaves& leaves,
                       const std::vector<Truth>& values,
                       const std::vector<Truth>& other,
                       const std::vector<Truth>& same) const {
  Truth value = Truth::kFalse;
  switch (node.kind) {
    case Node::Kind::kFalse:
      return Truth::kFalse;
    case Node::Kind::kSelf:
      return leaves.is[node.subject] ? Truth::kTrue : Truth::kFalse;
    case Node::Kind::kSubject:
      return leaves.names[node.subject] ? Truth::kTrue : Truth::kFalse;
    case Node::Kind::kAtom:
      return values[node.atom];
    case Node::Kind::kCaveat:
      return leaves.caveats[node.caveat];
    case Node::Kind::kOr:
      for (const Node& one : node.operands) {
        value = std::max(value, Evaluate(one, leaves, values, other, same));
      }
      return value;
    case Node::Kind::kAnd:
      value = Truth::kTrue;
      for (const Node& one : node.operands) {
        value = std::min(value, Evaluate(one, leaves, values, other, same));
      }
      return value;
    case Node::Kind::kMinus:
      break;
  }
  return std::min(Evaluate(node.operands[0], leaves, values, other, same),
                  Not(Evaluate(node.operands[1], leaves, other, same, other)));
}

std::vector<Truth> Oracle::LeastSolution(const Leaves& leaves,
                                         const std::vector<Truth>& other,
                                         const std::vector<Truth>& same,
                                         const Cut& cut) const {
  std::vector<Truth> values(atoms_.size(), Truth::kFalse);
  const auto update = [&](size_t i) {
    Truth value;
    if (!cut.atoms.empty() && cut.atoms[i]) {
      value = cut.value;
    } else if (static_cast<int>(i) == leaves.identity) {
      value = Truth::kTrue;
    } else {
      value = Evaluate(equations_[i], leaves, values, other, same);
    }
    return std::exchange(values[i], value) != value;
  };
  bool changed = true;
  while (changed) {
    changed = false;
    for (size_t i = 0; i < values.size(); ++i) changed |= update(i);
    for (size_t i = values.size(); i-- > 0;) changed |= update(i);
  }
  return values;
}

std::vector<Bounds> Oracle::WellFounded(const Leaves& leaves,
                                        const std::vector<bool>& cut) const {
  std::vector<Truth> lower(atoms_.size(), Truth::kFalse);
  std::vector<Truth> upper(atoms_.size(), Truth::kTrue);
  while (true) {
    auto new_lower = LeastSolution(leaves, upper, lower, {cut, Truth::kFalse});
    auto new_upper =
        LeastSolution(leaves, new_lower, upper, {cut, Truth::kTrue});
    const bool stable = new_lower == lower && new_upper == upper;
    lower = std::move(new_lower);
    upper = std::move(new_upper);
    if (stable) break;
  }
  std::vector<Bounds> bounds(atoms_.size());
  for (size_t i = 0; i < bounds.size(); ++i) bounds[i] = {lower[i], upper[i]};
  return bounds;
}

Solution Oracle::Solve(const SubjectRef& subject, const Struct& context,
                       WildcardReading reading) const {
  std::vector<ConditionValue> caveats;
  for (const CaveatRef& caveat : caveats_) {
    caveats.push_back(EvaluateCaveat(*schema_.FindCaveat(caveat.name),
                                     caveat.context, context));
  }
  return Solution(this, subject, std::move(caveats), reading);
}

Solution Oracle::SolveWithoutCaveats(const SubjectRef& subject) const {
  const ConditionValue yes{Truth::kTrue, false, {}};
  return Solution(this, subject,
                  std::vector<ConditionValue>(caveats_.size(), yes),
                  WildcardReading::kObjects);
}

Solution::Solution(const Oracle* oracle, SubjectRef subject,
                   std::vector<ConditionValue> caveats, WildcardReading reading)
    : oracle_(oracle),
      subject_(std::move(subject)),
      caveats_(std::move(caveats)),
      reading_(reading),
      values_(oracle->WellFounded(oracle->LeavesOf(*this), {})) {}

Bounds Solution::Get(const AtomName& atom) const {
  const int index = oracle_->FindAtom(atom);
  return index < 0 ? Bounds{Truth::kFalse, Truth::kFalse} : values_[index];
}

std::vector<bool> Oracle::Closure(int from) const {
  std::vector<bool> visited(atoms_.size(), false);
  std::vector<int> todo = {from};
  while (!todo.empty()) {
    const int next = todo.back();
    todo.pop_back();
    ForEachAtom(equations_[next], [&](int atom) {
      if (visited[atom]) return;
      visited[atom] = true;
      todo.push_back(atom);
    });
  }
  return visited;
}

void Oracle::ForEachAtom(const Node& node,
                         const std::function<void(int atom)>& visit) {
  if (node.kind == Node::Kind::kAtom) visit(node.atom);
  for (const Node& operand : node.operands) ForEachAtom(operand, visit);
}

void Oracle::ForEachSubtracted(const Node& node,
                               const std::function<void(int atom)>& visit) {
  if (node.kind == Node::Kind::kMinus) ForEachAtom(node.operands[1], visit);
  for (const Node& operand : node.operands) ForEachSubtracted(operand, visit);
}

bool Oracle::SubtractsItself(int root) const {
  std::vector<bool> reached = Closure(root);
  reached[root] = true;
  bool found = false;
  for (int atom = 0; atom < static_cast<int>(reached.size()); ++atom) {
    if (!reached[atom] || found) continue;
    ForEachSubtracted(equations_[atom], [&](int subtracted) {
      found = found || subtracted == atom || Closure(subtracted)[atom];
    });
  }
  return found;
}

Support Solution::SupportOf(const AtomName& root) const {
  Support support;
  const Oracle::Leaves leaves = oracle_->LeavesOf(*this);
  std::vector<Truth> values;
  for (const Bounds& bounds : values_) values.push_back(bounds.lower);
  std::set<int> visited;
  const std::function<void(const Oracle::Node&)> visit =
      [&](const Oracle::Node& node) {
        if (oracle_->Evaluate(node, leaves, values, values, values) !=
            Truth::kUnknown) {
          return;
        }
        if (node.kind == Oracle::Node::Kind::kCaveat) {
          const ConditionValue& caveat = caveats_[node.caveat];
          support.error |= caveat.error;
          support.missing.insert(caveat.missing.begin(), caveat.missing.end());
        } else if (node.kind == Oracle::Node::Kind::kAtom &&
                   visited.insert(node.atom).second) {
          visit(oracle_->equations_[node.atom]);
        }
        for (const Oracle::Node& operand : node.operands) visit(operand);
      };
  const int index = oracle_->FindAtom(root);
  if (index >= 0 && values_[index].decided()) {
    support.exact = !oracle_->SubtractsItself(index);
    visited.insert(index);
    visit(oracle_->equations_[index]);
  }
  return support;
}

bool Solution::Beyond(const AtomName& atom, uint32_t max_hops,
                      HopCount count) const {
  const int root = oracle_->FindAtom(atom);
  if (root < 0) return false;
  const std::vector<int> distances = oracle_->Distances(root, *this, count);
  return std::any_of(distances.begin(), distances.end(), [&](int distance) {
    return distance > static_cast<int>(max_hops);
  });
}

Bounds Solution::GetWithin(const AtomName& atom, uint32_t max_hops,
                           HopCount count) const {
  if (!Beyond(atom, max_hops, count)) return Get(atom);
  const int root = oracle_->FindAtom(atom);
  std::vector<bool> cut;
  for (const int distance : oracle_->Distances(root, *this, count)) {
    cut.push_back(distance > static_cast<int>(max_hops));
  }
  return oracle_->WellFounded(oracle_->LeavesOf(*this), cut)[root];
}

// ---- Distances --------------------------------------------------------------

bool Oracle::Reaches(const RelationDef& relation, const SubjectRef& subject,
                     const Reach& reach) const {
  return std::any_of(
      relation.allowed.begin(), relation.allowed.end(),
      [&](const AllowedType& allowed) {
        const bool same_type = allowed.type == subject.object.type;
        if (allowed.wildcard) return same_type && !IsSubjectSet(subject);
        if (same_type && allowed.relation == subject.relation) return true;
        return reach.count({allowed.type, allowed.relation}) != 0;
      });
}

bool Oracle::Reaches(const TypeDef& type, const Expr& expr,
                     const SubjectRef& subject, const Reach& reach) const {
  const auto operand = [&](const Expr& one) {
    return Reaches(type, one, subject, reach);
  };
  const auto& operands = expr.operands;
  switch (expr.kind) {
    case Expr::Kind::kNil:
      return false;
    case Expr::Kind::kSelf:
      return !IsSubjectSet(subject) && subject.object.type == type.name;
    case Expr::Kind::kRef:
      return reach.count({type.name, expr.name}) != 0;
    case Expr::Kind::kArrowAny:
    case Expr::Kind::kArrowAll: {
      const auto& allowed = type.FindRelation(expr.name)->allowed;
      return std::any_of(
          allowed.begin(), allowed.end(), [&](const AllowedType& one) {
            return !one.wildcard && reach.count({one.type, expr.target}) != 0;
          });
    }
    case Expr::Kind::kUnion:
      return std::any_of(operands.begin(), operands.end(), operand);
    case Expr::Kind::kIntersection:
      return std::all_of(operands.begin(), operands.end(), operand);
    case Expr::Kind::kExclusion:
      return operand(operands[0]);
  }
  return false;
}

Oracle::Reach Oracle::ReachOf(const SubjectRef& subject) const {
  Reach reach;
  if (IsSubjectSet(subject)) {
    reach.insert({subject.object.type, subject.relation});
  }
  size_t before;
  do {
    before = reach.size();
    for (const TypeDef& type : schema_.types) {
      for (const RelationDef& relation : type.relations) {
        if (Reaches(relation, subject, reach)) {
          reach.insert({type.name, relation.name});
        }
      }
      for (const PermissionDef& permission : type.permissions) {
        if (Reaches(type, permission.expr, subject, reach)) {
          reach.insert({type.name, permission.name});
        }
      }
    }
  } while (reach.size() != before);
  return reach;
}

void Oracle::AddArrowDependencies(const AtomName& atom, const Expr& expr,
                                  const Journey& journey,
                                  std::vector<Dependency>* out) const {
  // `all` asks for every object that is written there.
  const bool every = journey.most() && expr.kind == Expr::Kind::kArrowAll;
  for (const Edge& edge : Edges(AtomName{atom.type, expr.name, atom.id})) {
    if (edge.subject.is_wildcard()) continue;
    const AtomName to = AtomOf(edge.subject.object, expr.target);
    const bool dead = journey.reach.count({to.type, to.name}) == 0;
    if ((dead || journey.Closed(edge)) && !every) continue;
    out->push_back({FindAtom(to),
                    edge.subject.object != ObjectOf(atom) || journey.most()});
  }
}

void Oracle::AddDependencies(const AtomName& atom, const Expr& expr,
                             const Journey& journey,
                             std::vector<Dependency>* out) const {
  if (!Reaches(*schema_.FindType(atom.type), expr, journey.subject,
               journey.reach)) {
    return;
  }
  switch (expr.kind) {
    case Expr::Kind::kRef:
      if (journey.reach.count({atom.type, expr.name}) == 0) return;
      out->push_back({FindAtom({atom.type, expr.name, atom.id}), false});
      return;
    case Expr::Kind::kArrowAny:
    case Expr::Kind::kArrowAll:
      return AddArrowDependencies(atom, expr, journey, out);
    default:
      for (const Expr& operand : expr.operands) {
        AddDependencies(atom, operand, journey, out);
      }
  }
}

std::vector<Oracle::Dependency> Oracle::Dependencies(
    int index, const Journey& journey) const {
  std::vector<Dependency> out;
  const AtomName& atom = atoms_[index];
  const SubjectRef& subject = journey.subject;
  const bool most = journey.most();
  if (!most && atom == AtomOf(subject.object, subject.relation)) return out;
  const TypeDef& type = *schema_.FindType(atom.type);
  if (!type.Has(atom.name)) return out;
  if (const PermissionDef* permission = type.FindPermission(atom.name)) {
    AddDependencies(atom, permission->expr, journey, &out);
    return out;
  }
  for (const Edge& edge : Edges(atom)) {
    const SubjectRef& to = edge.subject;
    if (!IsSubjectSet(to) || journey.Closed(edge)) continue;
    if (!most && to == subject) continue;
    if (journey.reach.count({to.object.type, to.relation}) == 0) continue;
    out.push_back({FindAtom(AtomOf(to.object, to.relation)),
                   to.object != ObjectOf(atom) || most});
  }
  return out;
}

std::vector<int> Oracle::Distances(int root, const Solution& solution,
                                   HopCount count) const {
  const Journey journey{solution.subject_, solution.caveats_, count,
                        ReachOf(solution.subject_)};
  std::vector<int> distances(atoms_.size(), -1);
  std::deque<std::pair<int, int>> queue{{root, 0}};
  while (!queue.empty()) {
    const auto [atom, distance] = queue.front();
    queue.pop_front();
    if (distances[atom] >= 0) continue;
    distances[atom] = distance;
    for (const Dependency& next : Dependencies(atom, journey)) {
      if (next.hop) {
        queue.push_back({next.atom, distance + 1});
      } else {
        queue.push_front({next.atom, distance});
      }
    }
  }
  return distances;
}

// ---- Expanded trees ---------------------------------------------------------

Bounds Oracle::InTree(const ExpandTree& tree, const SubjectRef& subject,
                      const Solution& solution) {
  const Bounds yes{Truth::kTrue, Truth::kTrue};
  const Bounds no{Truth::kFalse, Truth::kFalse};
  if (SubjectRef(tree.object, tree.relation) == subject) return yes;
  const bool all = tree.kind == ExpandTree::Kind::kIntersection;
  Bounds value = all && !tree.children.empty() ? yes : no;
  const auto add = [&](const Bounds& one) {
    value.lower = std::max(value.lower, one.lower);
    value.upper = std::max(value.upper, one.upper);
  };
  for (const SubjectRef& leaf : tree.subjects) {
    if (leaf == subject || (leaf.is_wildcard() && subject.relation.empty() &&
                            leaf.object.type == subject.object.type)) {
      add(yes);
    } else if (IsSubjectSet(leaf)) {
      add(solution.Get(AtomOf(leaf.object, leaf.relation)));
    }
  }
  for (size_t i = 0; i < tree.children.size(); ++i) {
    const Bounds one = InTree(tree.children[i], subject, solution);
    if (all) {
      value.lower = std::min(value.lower, one.lower);
      value.upper = std::min(value.upper, one.upper);
    } else if (tree.kind == ExpandTree::Kind::kExclusion && i > 0) {
      value.lower = std::min(value.lower, Not(one.upper));
      value.upper = std::min(value.upper, Not(one.lower));
    } else {
      add(one);
    }
  }
  return value;
}

int Oracle::ExpansionHeight(const AtomName& root) const {
  constexpr int kOnPath = -2;
  constexpr int kEndless = -1;
  std::map<int, int> heights;
  const std::function<int(int)> height = [&](int atom) -> int {
    if (atom < 0) return 0;
    const auto [it, fresh] = heights.emplace(atom, kOnPath);
    if (!fresh) return it->second == kOnPath ? kEndless : it->second;
    int highest = 0;
    const std::function<void(const Node&)> visit = [&](const Node& node) {
      if (node.kind == Node::Kind::kAtom && highest != kEndless) {
        const int below = height(node.atom);
        highest = below < 0 ? kEndless : std::max(highest, below + 1);
      }
      for (const Node& operand : node.operands) visit(operand);
    };
    const AtomName& name = atoms_[atom];
    if (schema_.FindType(name.type)->FindPermission(name.name) != nullptr) {
      visit(equations_[atom]);
    }
    heights[atom] = highest;
    return highest;
  };
  return height(FindAtom(root));
}

}  // namespace kith::property
