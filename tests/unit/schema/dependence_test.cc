#include "schema/dependence.h"

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/seed.h"
#include "unit/schema/schema_text.h"

namespace kith::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Texts(
    const absl::StatusOr<std::vector<RelationReference>>& references) {
  EXPECT_TRUE(references.ok()) << references.status();
  std::vector<std::string> texts;
  if (!references.ok()) return texts;
  for (const RelationReference& reference : *references) {
    texts.push_back((reference.is_permission ? "=" : "") +
                    reference.definition + "#" + reference.name);
  }
  return texts;
}

constexpr char kText[] = R"(use self
definition user {
  relation assistant: user
  permission own = self
}
definition team {
  relation zeta: user
  relation member: user | team#member
  permission all_of = member + zeta
}
definition document {
  relation viewer: user:* | team#member
  relation group: team
  relation parent: folder#owner
  relation banned: user
  permission view = viewer + parent->view - banned
  permission view2 = view
  permission edit = nil
  permission lost = parent->nothing
  permission rec = viewer + rec
}
definition folder {
  relation owner: user
  relation org: team
  permission view = owner + org->all_of
  permission any_view = org.all(member)
}
)";

std::vector<std::string> Computable(std::string_view definition,
                                    std::string_view relation,
                                    std::string_view prefix = {}) {
  return Texts(
      ComputablePermissions(*MustCompile(kText), definition, relation, prefix));
}
std::vector<std::string> Dependent(std::string_view definition,
                                   std::string_view permission) {
  return Texts(DependentRelations(*MustCompile(kText), definition, permission));
}

TEST(DependenceTest, ComputableFromARelation) {
  EXPECT_THAT(Computable("team", "member"),
              ElementsAre("=document#rec", "=document#view", "=document#view2",
                          "document#viewer", "=folder#any_view", "=folder#view",
                          "=team#all_of"));
  EXPECT_THAT(Computable("document", "banned"),
              ElementsAre("=document#view", "=document#view2"));
  EXPECT_THAT(Computable("team", "zeta"),
              ElementsAre("=document#view", "=document#view2", "=folder#view",
                          "=team#all_of"));
}

TEST(DependenceTest, ARelationThatArrowsWalkGivesNothing) {
  EXPECT_THAT(Computable("folder", "org"), IsEmpty());
  EXPECT_THAT(Computable("document", "parent"), IsEmpty());
}

TEST(DependenceTest, ComputableFromAPermissionLeavesItselfOut) {
  EXPECT_THAT(Computable("folder", "view"),
              ElementsAre("=document#view", "=document#view2"));
  EXPECT_THAT(Computable("document", "rec"), IsEmpty());
}

TEST(DependenceTest, ComputableFromTheObjectsThemselves) {
  EXPECT_THAT(Computable("team", ""),
              ElementsAre("document#group", "folder#org"));
  EXPECT_THAT(Computable("user", "", "user"),
              ElementsAre("user#assistant", "=user#own"));
  // The wildcard is of objects: of no set of subjects.
  EXPECT_THAT(Computable("user", "own"), IsEmpty());
  EXPECT_THAT(
      Computable("user", "", "doc"),
      ElementsAre("document#banned", "document#parent", "=document#rec",
                  "=document#view", "=document#view2", "document#viewer"));
}

TEST(DependenceTest, DependentRelationsOfAPermission) {
  EXPECT_THAT(Dependent("folder", "any_view"),
              ElementsAre("folder#org", "team#member"));
  EXPECT_THAT(Dependent("team", "all_of"),
              ElementsAre("team#member", "team#zeta"));
  EXPECT_THAT(
      Dependent("document", "view"),
      ElementsAre("document#banned", "document#parent", "document#viewer",
                  "folder#org", "folder#owner", "=folder#view", "=team#all_of",
                  "team#member", "team#zeta"));
  EXPECT_THAT(Dependent("document", "rec"),
              ElementsAre("document#viewer", "team#member"));
  EXPECT_THAT(Dependent("document", "edit"), IsEmpty());
}

TEST(DependenceTest, AnArrowToNowhereDependsOnNothing) {
  EXPECT_THAT(Dependent("document", "lost"), IsEmpty());
}

TEST(DependenceTest, ArrowsIgnoreTheSubjectSetsOfTheRelationTheyWalk) {
  const auto schema = MustCompile(
      "definition user {}\n"
      "definition folder {\n relation owner: user\n relation other: user\n"
      " permission view = other\n}\n"
      "definition doc {\n relation parent: folder#owner\n"
      " permission view = parent->view\n}");
  EXPECT_THAT(Texts(DependentRelations(*schema, "doc", "view")),
              ElementsAre("doc#parent", "folder#other", "=folder#view"));
}

TEST(DependenceTest, NamesTheSchemaLacks) {
  const auto schema = MustCompile(kText);
  EXPECT_EQ(ReasonOf(ComputablePermissions(*schema, "nope", "", "").status()),
            ErrorReason::kUnknownDefinition);
  EXPECT_EQ(
      ReasonOf(ComputablePermissions(*schema, "user", "nope", "").status()),
      ErrorReason::kUnknownRelationOrPermission);
  EXPECT_EQ(ReasonOf(DependentRelations(*schema, "nope", "view").status()),
            ErrorReason::kUnknownDefinition);
  const auto none = DependentRelations(*schema, "document", "").status();
  EXPECT_EQ(none.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(none), ErrorReason::kUnknownRelationOrPermission);
  const auto relation = DependentRelations(*schema, "team", "member").status();
  EXPECT_EQ(relation.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(relation), ErrorReason::kUnknownRelationOrPermission);
  EXPECT_EQ(Metadata(relation, "relationName"), "member");
}

// The same by asking, for every pair of names, whether one occurs in the rule
// of the other, and adding what follows until nothing does.
class BruteForce {
 public:
  using Name = std::pair<std::string, std::string>;

  explicit BruteForce(const Schema& schema) : schema_(schema) {
    for (const Definition& d : schema.definitions()) {
      names_.insert({d.name, ""});
      for (const Relation& r : d.relations) names_.insert({d.name, r.name});
      for (const Permission& p : d.permissions) names_.insert({d.name, p.name});
    }
    for (const Name& above : names_) {
      for (const Name& below : names_) {
        if (Rests(above, below)) rests_[above].insert(below);
      }
    }
  }

  std::vector<std::string> Computable(const Name& start) const {
    std::set<Name> found = {start};
    for (size_t before = 0; before != found.size();) {
      before = found.size();
      for (const auto& [above, below] : rests_) {
        for (const Name& name : below) {
          if (found.contains(name)) found.insert(above);
        }
      }
    }
    return Finish(found, start);
  }

  std::vector<std::string> Dependent(const Name& start) const {
    std::set<Name> found = {start};
    std::set<Name> walked;
    for (size_t before = 0; before != found.size();) {
      before = found.size();
      for (const Name& name : std::set<Name>(found)) {
        const auto it = rests_.find(name);
        if (it != rests_.end()) {
          found.insert(it->second.begin(), it->second.end());
        }
      }
    }
    for (const Name& name : found) {
      const Definition& d = *schema_.FindDefinition(name.first);
      if (const Permission* p = d.FindPermission(name.second)) {
        AddWalked(d, p->expression, &walked);
      }
    }
    found.insert(walked.begin(), walked.end());
    return Finish(found, start);
  }

  const std::set<Name>& names() const { return names_; }

 private:
  bool Rests(const Name& above, const Name& below) const {
    const Definition& d = *schema_.FindDefinition(above.first);
    if (const Relation* r = d.FindRelation(above.second)) {
      for (const AllowedSubject& a : r->allowed) {
        if (Name(a.type, a.relation) == below) return true;
      }
    }
    const Permission* p = d.FindPermission(above.second);
    return p != nullptr && Mentions(d, p->expression, below);
  }

  bool Mentions(const Definition& d, const Expression& e,
                const Name& name) const {
    if (e.kind == Expression::Kind::kName) return name == Name(d.name, e.name);
    if (e.kind == Expression::Kind::kSelf) return name == Name(d.name, "");
    if (e.kind == Expression::Kind::kArrow ||
        e.kind == Expression::Kind::kArrowAll) {
      if (name.second != e.target) return false;
      for (const AllowedSubject& a : d.FindRelation(e.name)->allowed) {
        if (a.type == name.first) return true;
      }
      return false;
    }
    for (const Expression& operand : e.operands) {
      if (Mentions(d, operand, name)) return true;
    }
    return false;
  }

  void AddWalked(const Definition& d, const Expression& e,
                 std::set<Name>* walked) const {
    for (const Expression& operand : e.operands) AddWalked(d, operand, walked);
    if (e.kind != Expression::Kind::kArrow &&
        e.kind != Expression::Kind::kArrowAll) {
      return;
    }
    for (const AllowedSubject& a : d.FindRelation(e.name)->allowed) {
      if (schema_.FindDefinition(a.type)->Has(e.target)) {
        walked->insert({d.name, e.name});
      }
    }
  }

  std::vector<std::string> Finish(std::set<Name> found,
                                  const Name& start) const {
    found.erase(start);
    std::vector<std::string> texts;
    for (const Name& name : found) {
      if (name.second.empty()) continue;
      const Definition& d = *schema_.FindDefinition(name.first);
      texts.push_back((d.FindPermission(name.second) ? "=" : "") + name.first +
                      "#" + name.second);
    }
    return texts;
  }

  const Schema& schema_;
  std::set<Name> names_;
  std::map<Name, std::set<Name>> rests_;
};

// Three types with relations and permissions over each other.
std::string RandomSchema(std::mt19937_64* random) {
  const auto below = [random](int n) {
    return static_cast<int>((*random)() % n);
  };
  const auto name = [](char kind, int n) {
    return std::string(2, kind) + std::to_string(n);
  };
  const auto expression = [&](auto& self, int depth) -> std::string {
    switch (below(depth > 0 ? 7 : 4)) {
      case 0:
        return "self";
      case 1:
        return name('r', below(3)) + "->" + name('p', below(5));
      case 2:
        return name('r', below(3)) + ".all(" + name('r', below(3)) + ")";
      case 3:
        return name(below(2) ? 'r' : 'p', below(3));
      default:
        return "(" + self(self, depth - 1) + std::string(" + ") +
               self(self, depth - 1) + (below(2) ? " - " : " & ") +
               self(self, depth - 1) + ")";
    }
  };
  std::string text = "use self\n";
  for (int type = 0; type < 3; ++type) {
    text += "definition " + name('t', type) + " {\n";
    for (int relation = 0; relation < 3; ++relation) {
      std::set<std::string> allowed = {name('t', below(3))};
      if (below(2)) {
        allowed.insert(name('t', below(3)) + "#" +
                       name(below(2) ? 'r' : 'p', below(3)));
      }
      text += " relation " + name('r', relation) + ":";
      std::string separator = " ";
      for (const std::string& one : allowed) {
        text += separator + one;
        separator = " | ";
      }
      text += "\n";
    }
    for (int permission = 0; permission < 3 + below(2); ++permission) {
      // Never just another name, of which cycles are refused.
      text += " permission " + name('p', permission) + " = nil + " +
              expression(expression, 2) + "\n";
    }
    text += "}\n";
  }
  return text;
}

TEST(DependenceTest, AgreesWithBruteForceOnRandomSchemas) {
  const uint64_t seed = support::RandomSeed();
  std::mt19937_64 random(seed);
  size_t answers = 0;
  for (int round = 0; round < 300; ++round) {
    const std::string text = RandomSchema(&random);
    SCOPED_TRACE(fmt::format("seed {} round {}\n{}", seed, round, text));
    const auto schema = MustCompile(text);
    const BruteForce expected(*schema);
    for (const auto& [definition, member] : expected.names()) {
      const auto computable =
          Texts(ComputablePermissions(*schema, definition, member, ""));
      ASSERT_EQ(computable, expected.Computable({definition, member}))
          << definition << "#" << member;
      answers += computable.size();
      if (schema->FindDefinition(definition)->FindPermission(member)) {
        const auto dependent =
            Texts(DependentRelations(*schema, definition, member));
        ASSERT_EQ(dependent, expected.Dependent({definition, member}))
            << definition << "#" << member;
        answers += dependent.size();
      }
    }
  }
  EXPECT_GT(answers, 1000u);
}

}  // namespace
}  // namespace kith::schema
