#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "kith/database.h"
#include "kith/values.h"
#include "property/schema_ast.h"

// The slow and obvious evaluator that the database is compared with. It holds
// the whole graph, writes one boolean equation for each atom (an object and
// one of its relations or permissions) and iterates. No short cut, no cache,
// nothing shared with the engine.
//
// Meaning of an atom for a fixed subject and context of the request:
//   identity      the atom that the subject itself names is true
//   relation      some relationship names the subject, its type's wildcard
//                 (for a subject without relation), or an atom that is true
//   permission    its expression; an arrow follows objects, whatever relation
//                 the relationship's subject has; wildcards are no objects
// A relationship with a caveat counts at most what the caveat is worth, so that
// values are three: kUnknown is between the others, as in Kleene's logic. A
// caveat in error counts as unknown, and an answer that hangs on it is the
// error: Solution::SupportOf says what an unknown hangs on.
// Recursion without exclusion has the least solution. With exclusion the
// answer is the well-founded one: two bounds, each the least solution with
// what is subtracted read from the other bound, until they stand still. What
// is subtracted means the same in place as it would as a permission of its
// own, so `a = v - (v - a)` subtracts from itself. Where the bounds differ the
// question has no answer ("recursion through exclusion").

namespace kith::property {

// What is known of an atom: lower and upper bound. Equal bounds are an answer.
struct Bounds {
  Truth lower = Truth::kFalse;
  Truth upper = Truth::kTrue;
  bool decided() const { return lower == upper; }
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

// An object with one of its relations or permissions.
struct AtomName {
  std::string type;
  std::string name;
  std::string id;
  friend auto operator<=>(const AtomName&, const AtomName&) = default;
};

// How far away an atom is. No count goes where the schema alone says that the
// subject cannot be. Evaluators may still differ by steps that change nothing:
// kFewest counts nothing from an object to itself, stops at the set that the
// subject names, and takes an object whose type cannot satisfy `.all` for a
// "no" at once; kMost counts every such step.
enum class HopCount : uint8_t { kFewest, kMost };

// What an unknown hangs on.
struct Support {
  bool error = false;             // on a caveat that fails, beside others
  std::set<std::string> missing;  // on parameters without value
  // False: an exclusion on the way depends on itself. It may then be known that
  // some of these do not matter, without their values being known.
  bool exact = true;
};

// Which subjects a stored wildcard stands for. kSets is a reading that some
// servers have; the meaning above is kObjects.
enum class WildcardReading : uint8_t { kObjects, kSets };

class Oracle;

// All atoms' values for one subject and context. The oracle must outlive it.
class Solution {
 public:
  // With no limit on hops. An atom that the schema lacks is kFalse.
  Bounds Get(const AtomName& atom) const;

  // With atoms more than `max_hops` from `atom` unknown. A hop goes from an
  // object to another one, through a subject set or an arrow; the distance is
  // the shortest over all dependencies that could matter for this subject.
  Bounds GetWithin(const AtomName& atom, uint32_t max_hops,
                   HopCount count = HopCount::kFewest) const;

  // For a decided atom that is kUnknown: the caveats that it is reached through
  // by way of atoms that are unknown themselves.
  Support SupportOf(const AtomName& atom) const;

  // Whether some dependency of `atom` is further away than `max_hops`.
  bool Beyond(const AtomName& atom, uint32_t max_hops,
              HopCount count = HopCount::kFewest) const;

 private:
  friend class Oracle;
  Solution(const Oracle* oracle, SubjectRef subject,
           std::vector<ConditionValue> caveats, WildcardReading reading);

  const Oracle* oracle_;
  SubjectRef subject_;
  std::vector<ConditionValue> caveats_;  // by index of Oracle::caveats_
  WildcardReading reading_;
  std::vector<Bounds> values_;
};

// Thread-compatible. Holds copies of what it was given.
class Oracle {
 public:
  // `relationships` that the schema does not allow or that have expired at
  // `now` are ignored. Atoms exist for every object of `relationships` and
  // `objects`.
  Oracle(const SchemaAst& schema,
         const std::vector<Relationship>& relationships, absl::Time now,
         const std::vector<ObjectRef>& objects);
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  Solution Solve(const SubjectRef& subject, const Struct& context = {},
                 WildcardReading reading = WildcardReading::kObjects) const;
  // With every caveat true: what a tree shows, which has no caveats.
  Solution SolveWithoutCaveats(const SubjectRef& subject) const;

  // The atoms there are, in a fixed order. Some are of names that their type
  // lacks, because an arrow asks for them; no one is in those.
  const std::vector<AtomName>& atoms() const { return atoms_; }

  // Every subject of a relationship, and every object that `self` is asked of.
  const std::vector<SubjectRef>& subjects() const { return subjects_; }

  // Whether `subject` is in the set that `tree` describes, with the subject
  // sets in its leaves looked up in `solution`.
  static Bounds InTree(const ExpandTree& tree, const SubjectRef& subject,
                       const Solution& solution);
  // The longest path of permissions and arrows below `atom`, counted in atoms
  // and not going into subject sets; -1 when it has no end.
  int ExpansionHeight(const AtomName& atom) const;

 private:
  friend class Solution;

  struct Node {
    enum class Kind {
      kFalse,
      kSelf,     // true when it is the subject
      kSubject,  // true when it names the subject
      kAtom,
      kCaveat,
      kOr,
      kAnd,
      kMinus,
    };
    Kind kind = Kind::kFalse;
    int subject = -1;  // kSelf and kSubject: index of subjects_
    int atom = -1;     // kAtom
    int caveat = -1;   // kCaveat: index of caveats_
    std::vector<Node> operands;
  };
  struct Dependency {
    int atom;
    bool hop;  // to another object
  };
  struct Edge {
    SubjectRef subject;
    int caveat = -1;  // index of caveats_
  };
  // (type, relation or permission) pairs.
  using Reach = std::set<std::pair<std::string, std::string>>;
  // What a subject makes of the leaves of the equations.
  struct Leaves {
    std::vector<bool> names;     // by index of subjects_: kSubject is true
    std::vector<bool> is;        // by index of subjects_: kSelf is true
    int identity = -1;           // the atom that the subject names
    std::vector<Truth> caveats;  // by index of caveats_
  };
  // Atoms left unknown, and the value they are given meanwhile.
  struct Cut {
    std::vector<bool> atoms;
    Truth value = Truth::kFalse;
  };

  bool Allowed(const Relationship& relationship) const;
  void AddObject(const ObjectRef& object);
  const std::vector<Edge>& Edges(const AtomName& atom) const;
  int FindAtom(const AtomName& name) const;
  // The atoms that the equation of `from` leads to, in any number of steps.
  std::vector<bool> Closure(int from) const;
  // Whether what `root` leads to has an exclusion that depends on itself.
  bool SubtractsItself(int root) const;
  int InternSubject(const SubjectRef& subject);

  Node AtomNode(const AtomName& name);
  Node SubjectNode(Node::Kind kind, const SubjectRef& subject);
  static void ForEachAtom(const Node& node,
                          const std::function<void(int atom)>& visit);
  static void ForEachSubtracted(const Node& node,
                                const std::function<void(int atom)>& visit);
  // `node`, but at most what the caveat of `edge` is worth.
  static Node Capped(const Edge& edge, Node node);
  Node Equation(const AtomName& atom);
  Node RelationNode(const AtomName& atom);
  Node ArrowNode(const AtomName& atom, const Expr& expr);
  Node ExprNode(const AtomName& atom, const Expr& expr);

  Leaves LeavesOf(const Solution& solution) const;
  // `values` is being solved. What is subtracted is read from `other`, and
  // what is subtracted from that, from `same`: the two bounds of last time.
  Truth Evaluate(const Node& node, const Leaves& leaves,
                 const std::vector<Truth>& values,
                 const std::vector<Truth>& other,
                 const std::vector<Truth>& same) const;
  std::vector<Truth> LeastSolution(const Leaves& leaves,
                                   const std::vector<Truth>& other,
                                   const std::vector<Truth>& same,
                                   const Cut& cut) const;
  std::vector<Bounds> WellFounded(const Leaves& leaves,
                                  const std::vector<bool>& cut) const;

  // What can be true for a subject of this kind under the schema alone.
  Reach ReachOf(const SubjectRef& subject) const;
  bool Reaches(const RelationDef& relation, const SubjectRef& subject,
               const Reach& reach) const;
  bool Reaches(const TypeDef& type, const Expr& expr, const SubjectRef& subject,
               const Reach& reach) const;
  // A question of distance.
  struct Journey {
    const SubjectRef& subject;
    const std::vector<ConditionValue>& caveats;
    HopCount count;
    Reach reach;

    // Nothing comes through a relationship whose caveat is false.
    bool Closed(const Edge& edge) const {
      return edge.caveat >= 0 && caveats[edge.caveat].truth == Truth::kFalse;
    }
    bool most() const { return count == HopCount::kMost; }
  };
  std::vector<Dependency> Dependencies(int atom, const Journey& journey) const;
  void AddDependencies(const AtomName& atom, const Expr& expr,
                       const Journey& journey,
                       std::vector<Dependency>* out) const;
  void AddArrowDependencies(const AtomName& atom, const Expr& expr,
                            const Journey& journey,
                            std::vector<Dependency>* out) const;
  // Hops from `root` to each atom, -1 where nothing leads.
  std::vector<int> Distances(int root, const Solution& solution,
                             HopCount count) const;

  SchemaAst schema_;
  std::map<std::pair<ObjectRef, std::string>, std::vector<Edge>> edges_;
  std::vector<CaveatRef> caveats_;  // of relationships
  std::set<ObjectRef> objects_;
  std::vector<AtomName> atoms_;
  std::map<AtomName, int> atom_index_;
  std::vector<SubjectRef> subjects_;
  std::map<SubjectRef, int> subject_index_;
  std::vector<Node> equations_;
};

}  // namespace kith::property
