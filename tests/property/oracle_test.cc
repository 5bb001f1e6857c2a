#include "property/oracle.h"

#include <gtest/gtest.h>

namespace kith::property {
namespace {

constexpr Bounds kYes{Truth::kTrue, Truth::kTrue};
constexpr Bounds kNo{Truth::kFalse, Truth::kFalse};
constexpr Bounds kOpen{Truth::kFalse, Truth::kTrue};

// One type `doc` (with relations that allow everything) and what the test
// adds to it; `user` has nothing.
class World {
 public:
  World() {
    doc_.name = "doc";
    for (const char* name : {"rel", "rex", "ban", "parent"}) {
      RelationDef relation{name, {}};
      for (const bool expiration : {false, true}) {
        relation.allowed.push_back({"user", "", false, expiration});
        relation.allowed.push_back({"user", "", true, expiration});
        relation.allowed.push_back({"doc", "", false, expiration});
        for (const char* set : {"rel", "rex", "ban", "view", "edit"}) {
          relation.allowed.push_back({"doc", set, false, expiration});
        }
      }
      doc_.relations.push_back(relation);
    }
  }

  World& Permission(std::string name, Expr expr) {
    doc_.permissions.push_back({std::move(name), std::move(expr)});
    return *this;
  }
  World& Add(std::string_view relationship) {
    relationships_.push_back(*Relationship::Parse(relationship));
    return *this;
  }

  // `text` is "doc:x#view@subject".
  Bounds Ask(std::string_view text, uint32_t max_hops = 1000) const {
    const Relationship query = *Relationship::Parse(text);
    SchemaAst schema;
    schema.types = {{"user", {}, {}}, doc_};
    const Oracle oracle(schema, relationships_, now_, {query.resource});
    const AtomName atom{"doc", query.relation, query.resource.id};
    const Solution solution = oracle.Solve(query.subject);
    const Bounds free = solution.Get(atom);
    const Bounds within = solution.GetWithin(atom, max_hops);
    if (max_hops == 1000) {
      EXPECT_EQ(free, within);
    }
    return within;
  }

  std::vector<Relationship> relationships_;
  absl::Time now_ = absl::FromUnixSeconds(1000);
  TypeDef doc_;
};

Expr Ref(std::string_view name) { return Expr::Ref(name); }

TEST(OracleTest, DirectSubject) {
  World world;
  world.Add("doc:aaa#rel@user:u");
  EXPECT_EQ(world.Ask("doc:aaa#rel@user:u"), kYes);
  EXPECT_EQ(world.Ask("doc:aaa#rel@user:uu"), kNo);
  EXPECT_EQ(world.Ask("doc:aa#rel@user:u"), kNo);
  EXPECT_EQ(world.Ask("doc:aaa#rex@user:u"), kNo);
  EXPECT_EQ(world.Ask("doc:aaa#unheard@user:u"), kNo);
}

TEST(OracleTest, WildcardIsForSubjectsOfItsTypeWithoutRelation) {
  World world;
  world.Add("doc:a#rel@user:*");
  EXPECT_EQ(world.Ask("doc:a#rel@user:never_seen"), kYes);
  EXPECT_EQ(world.Ask("doc:a#rel@doc:a"), kNo);
  EXPECT_EQ(world.Ask("doc:a#rel@user:x#rel"), kNo);
}

TEST(OracleTest, SubjectSetsAreFollowedAndMatchExactly) {
  World world;
  world.Add("doc:a#rel@doc:b#rex").Add("doc:b#rex@user:u");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kYes);
  EXPECT_EQ(world.Ask("doc:a#rel@doc:b#rex"), kYes);
  EXPECT_EQ(world.Ask("doc:a#rel@doc:b#rel"), kNo);
  EXPECT_EQ(world.Ask("doc:a#rel@doc:b"), kNo);
}

TEST(OracleTest, ASubjectSetIsInItself) {
  World world;
  world.Permission("view", Ref("rel")).Permission("edit", Ref("view"));
  EXPECT_EQ(world.Ask("doc:a#view@doc:a#view"), kYes);
  EXPECT_EQ(world.Ask("doc:a#rel@doc:a#rel"), kYes);
  EXPECT_EQ(world.Ask("doc:a#view@doc:b#view"), kNo);
  // An alias holds the same members but is another set.
  EXPECT_EQ(world.Ask("doc:a#view@doc:a#edit"), kNo);
  // What a permission is computed from is one of its members.
  EXPECT_EQ(world.Ask("doc:a#edit@doc:a#view"), kYes);
}

TEST(OracleTest, SetOperations) {
  World world;
  world.Permission("either", Expr::Union({Ref("rel"), Ref("rex")}))
      .Permission("both", Expr::Intersection({Ref("rel"), Ref("rex")}))
      .Permission("less", Expr::Exclusion(Ref("rel"), Ref("rex")));
  world.Add("doc:a#rel@user:u").Add("doc:a#rel@user:v");
  world.Add("doc:a#rex@user:v").Add("doc:a#rex@user:w");
  const auto ask = [&](std::string permission) {
    std::string row;
    for (const char* user : {"u", "v", "w", "x"}) {
      row += world.Ask("doc:a#" + permission + "@user:" + user) == kYes ? 'T'
                                                                        : 'F';
    }
    return row;
  };
  EXPECT_EQ(ask("either"), "TTTF");
  EXPECT_EQ(ask("both"), "FTFF");
  EXPECT_EQ(ask("less"), "TFFF");
}

TEST(OracleTest, WildcardsInExclusions) {
  World world;
  world.Permission("view", Expr::Exclusion(Ref("rel"), Ref("ban")));
  world.Add("doc:a#rel@user:*").Add("doc:a#ban@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
  EXPECT_EQ(world.Ask("doc:a#view@user:v"), kYes);
  world.Add("doc:a#ban@user:*");
  EXPECT_EQ(world.Ask("doc:a#view@user:v"), kNo);
}

TEST(OracleTest, NilIsNoOne) {
  World world;
  world.Permission("view", Expr{})
      .Permission("edit", Expr::Exclusion(Ref("rel"), Expr{}))
      .Permission("both", Expr::Intersection({Ref("rel"), Expr{}}));
  world.Add("doc:a#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
  EXPECT_EQ(world.Ask("doc:a#edit@user:u"), kYes);
  EXPECT_EQ(world.Ask("doc:a#both@user:u"), kNo);
}

TEST(OracleTest, SelfIsTheObjectWithoutRelation) {
  Expr self;
  self.kind = Expr::Kind::kSelf;
  World world;
  world.Permission("view", self);
  EXPECT_EQ(world.Ask("doc:a#view@doc:a"), kYes);
  EXPECT_EQ(world.Ask("doc:a#view@doc:b"), kNo);
  EXPECT_EQ(world.Ask("doc:a#view@user:a"), kNo);
  EXPECT_EQ(world.Ask("doc:a#view@doc:a#rel"), kNo);
}

TEST(OracleTest, ArrowFollowsObjectsWhateverTheirRelation) {
  World world;
  world.Permission("view", Expr::Arrow("parent", "rel"));
  world.Add("doc:a#parent@doc:b#rex").Add("doc:b#rel@user:u");
  world.Add("doc:b#rex@user:v").Add("doc:a#parent@user:w");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kYes);
  EXPECT_EQ(world.Ask("doc:a#view@user:v"), kNo);
  EXPECT_EQ(world.Ask("doc:a#view@user:w"), kNo);
}

TEST(OracleTest, ArrowTakesNoNoticeOfWildcards) {
  World world;
  world.Permission("view", Expr::Arrow("parent", "rel"));
  world.Add("doc:a#parent@user:*");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
}

TEST(OracleTest, AllNeedsEveryParentAndAtLeastOne) {
  World world;
  world.Permission("view", Expr::All("parent", "rel"));
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
  world.Add("doc:a#parent@doc:b").Add("doc:b#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kYes);
  world.Add("doc:a#parent@doc:c");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
  world.Add("doc:c#rel@user:*");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kYes);
  // A parent whose type has no such permission has no members.
  world.Add("doc:a#parent@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
}

TEST(OracleTest, ExclusionOfEmptyAll) {
  World world;
  world.Permission("view",
                   Expr::Exclusion(Ref("rel"), Expr::All("parent", "rel")));
  world.Add("doc:a#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kYes);
}

TEST(OracleTest, ExpiredRelationshipsAreNotThere) {
  World world;
  world.Add("doc:a#rel@user:u[expiration:1970-01-01T00:16:40Z]");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kNo);
  world.now_ -= absl::Microseconds(1);
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kYes);
}

TEST(OracleTest, SubjectsTheSchemaDoesNotAllowAreIgnored) {
  World world;
  world.Add("doc:a#rel@doc:b#parent").Add("doc:b#parent@user:u");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kNo);
  EXPECT_EQ(world.Ask("doc:a#rel@doc:b#parent"), kNo);
}

TEST(OracleTest, MonotoneCyclesHaveTheLeastSolution) {
  World world;
  world.Add("doc:a#rel@doc:b#rel").Add("doc:b#rel@doc:c#rel");
  world.Add("doc:c#rel@doc:a#rel");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kNo);
  world.Add("doc:c#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kYes);
  EXPECT_EQ(world.Ask("doc:b#rel@user:u"), kYes);
}

TEST(OracleTest, SelfLoopsAndSchemaRecursion) {
  World world;
  world.Permission("view", Expr::Union({Ref("view"), Ref("rel")}));
  world.Add("doc:a#rel@doc:a#rel").Add("doc:a#rel@doc:a#view");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
  world.Add("doc:a#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kYes);
}

TEST(OracleTest, ArrowCyclesHaveTheLeastSolution) {
  World world;
  world.Permission("view",
                   Expr::Union({Ref("rel"), Expr::Arrow("parent", "view")}));
  world.Add("doc:a#parent@doc:b").Add("doc:b#parent@doc:a");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
  world.Add("doc:b#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kYes);
}

TEST(OracleTest, AllInACycleSupportsNothingByItself) {
  World world;
  world.Permission("view",
                   Expr::Union({Ref("rel"), Expr::All("parent", "view")}));
  world.Add("doc:a#parent@doc:b").Add("doc:b#parent@doc:a");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
}

TEST(OracleTest, ExclusionOfItselfHasNoAnswer) {
  World world;
  world.Permission("view", Expr::Exclusion(Ref("rel"), Ref("view")));
  world.Add("doc:a#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kOpen);
  // Without the base there is nothing to take away.
  EXPECT_EQ(world.Ask("doc:a#view@user:v"), kNo);
}

TEST(OracleTest, TwoExclusionsOfEachOtherHaveNoAnswer) {
  World world;
  world.Permission("view", Expr::Exclusion(Ref("rel"), Ref("edit")))
      .Permission("edit", Expr::Exclusion(Ref("rel"), Ref("view")));
  world.Add("doc:a#rel@user:u").Add("doc:b#rel@user:v");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kOpen);
  EXPECT_EQ(world.Ask("doc:a#edit@user:u"), kOpen);
  EXPECT_EQ(world.Ask("doc:b#edit@user:u"), kNo);
}

TEST(OracleTest, ExclusionCycleIsDecidedWhereAMemberDoesNotDependOnIt) {
  World world;
  world.Permission(
      "view",
      Expr::Union({Ref("rex"), Expr::Exclusion(Ref("rel"), Ref("view"))}));
  world.Add("doc:a#rel@user:u").Add("doc:a#rex@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kYes);
}

TEST(OracleTest, ExclusionAlongAChainOfParentsAlternates) {
  World world;
  world.Permission("view",
                   Expr::Exclusion(Ref("rel"), Expr::Arrow("parent", "view")));
  for (const char* id : {"a", "b", "c", "d"}) {
    world.Add(std::string("doc:") + id + "#rel@user:u");
  }
  world.Add("doc:a#parent@doc:b").Add("doc:b#parent@doc:c");
  world.Add("doc:c#parent@doc:d");
  EXPECT_EQ(world.Ask("doc:d#view@user:u"), kYes);
  EXPECT_EQ(world.Ask("doc:c#view@user:u"), kNo);
  EXPECT_EQ(world.Ask("doc:b#view@user:u"), kYes);
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
  world.Add("doc:d#parent@doc:a");
  // An even ring of exclusions has two answers, so none.
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kOpen);
  world.Add("doc:d#parent@doc:e").Add("doc:e#rel@user:u");
  // The tail decides d, and d decides the ring.
  EXPECT_EQ(world.Ask("doc:d#view@user:u"), kNo);
  EXPECT_EQ(world.Ask("doc:c#view@user:u"), kYes);
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kYes);
}

TEST(OracleTest, WhatIsSubtractedMeansTheSameUnderAName) {
  World inlined;
  inlined.Permission(
      "view",
      Expr::Exclusion(Ref("rel"), Expr::Exclusion(Ref("rex"), Ref("view"))));
  World named;
  named.Permission("view", Expr::Exclusion(Ref("rel"), Ref("edit")))
      .Permission("edit", Expr::Exclusion(Ref("rex"), Ref("view")));
  for (World* world : {&inlined, &named}) {
    world->Add("doc:a#rel@user:u").Add("doc:a#rex@user:u");
    world->Add("doc:a#rel@user:v").Add("doc:a#rex@user:w");
    EXPECT_EQ(world->Ask("doc:a#view@user:u"), kOpen);
    EXPECT_EQ(world->Ask("doc:a#view@user:v"), kYes);
    EXPECT_EQ(world->Ask("doc:a#view@user:w"), kNo);
  }
}

TEST(OracleTest, SubtractedTwiceIsAMemberAgain) {
  World world;
  world.Permission(
      "view",
      Expr::Exclusion(Ref("rel"), Expr::Exclusion(Ref("rex"), Ref("ban"))));
  world.Add("doc:a#rel@user:*").Add("doc:a#rex@user:u");
  world.Add("doc:a#rex@user:v").Add("doc:a#ban@user:v");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kNo);
  EXPECT_EQ(world.Ask("doc:a#view@user:v"), kYes);
  EXPECT_EQ(world.Ask("doc:a#view@user:w"), kYes);
}

World Chain(int hops) {
  World world;
  for (int i = 0; i < hops; ++i) {
    world.Add("doc:n" + std::to_string(i) + "#rel@doc:n" +
              std::to_string(i + 1) + "#rel");
  }
  world.Add("doc:n" + std::to_string(hops) + "#rel@user:u");
  return world;
}

TEST(OracleTest, DepthCountsHopsBetweenObjects) {
  EXPECT_EQ(Chain(49).Ask("doc:n0#rel@user:u", 50), kYes);
  EXPECT_EQ(Chain(50).Ask("doc:n0#rel@user:u", 50), kYes);
  EXPECT_EQ(Chain(51).Ask("doc:n0#rel@user:u", 50), kOpen);
  EXPECT_EQ(Chain(51).Ask("doc:n1#rel@user:u", 50), kYes);
  EXPECT_EQ(Chain(51).Ask("doc:n0#rel@user:v", 50), kOpen);
  EXPECT_EQ(Chain(50).Ask("doc:n0#rel@user:v", 50), kNo);
}

TEST(OracleTest, TheSetAskedForIsAMemberBeforeTheLimit) {
  EXPECT_EQ(Chain(51).Ask("doc:n0#rel@doc:n51#rel", 50), kYes);
}

TEST(OracleTest, DepthIsTheShortestDistanceSoCyclesAreNotDeep) {
  World world = Chain(3);
  world.Add("doc:n3#rel@doc:n0#rel");
  EXPECT_EQ(world.Ask("doc:n0#rel@user:v", 3), kNo);
  EXPECT_EQ(world.Ask("doc:n0#rel@user:v", 2), kOpen);
  world.Add("doc:n0#rel@doc:n3#rel");
  EXPECT_EQ(world.Ask("doc:n0#rel@user:v", 2), kNo);
}

TEST(OracleTest, WhatTheLimitHidesMayNotMatter) {
  World world = Chain(51);
  world.Permission("view", Expr::Union({Ref("rel"), Ref("rex")}))
      .Permission("edit", Expr::Intersection({Ref("rel"), Ref("rex")}))
      .Permission("less", Expr::Exclusion(Ref("rex"), Ref("rel")));
  world.Add("doc:n0#rex@user:u");
  EXPECT_EQ(world.Ask("doc:n0#view@user:u", 50), kYes);
  EXPECT_EQ(world.Ask("doc:n0#edit@user:u", 50), kOpen);
  EXPECT_EQ(world.Ask("doc:n0#edit@user:v", 50), kNo);
  EXPECT_EQ(world.Ask("doc:n0#less@user:u", 50), kOpen);
  EXPECT_EQ(world.Ask("doc:n0#less@user:v", 50), kNo);
}

TEST(OracleTest, InTreeFollowsTheOperations) {
  World world;
  world.Add("doc:b#rel@user:u");
  SchemaAst schema;
  schema.types = {{"user", {}, {}}, world.doc_};
  const Oracle oracle(schema, world.relationships_, world.now_, {});
  const Solution u = oracle.Solve("user:u");
  const Solution v = oracle.Solve("user:v");
  ExpandTree set{
      .object = "doc:a", .relation = "rel", .subjects = {"doc:b#rel"}};
  ExpandTree all{.object = "doc:a", .relation = "rex", .subjects = {"user:*"}};
  EXPECT_EQ(Oracle::InTree(set, "user:u", u), kYes);
  EXPECT_EQ(Oracle::InTree(set, "user:v", v), kNo);
  EXPECT_EQ(Oracle::InTree(all, "user:v", v), kYes);
  ExpandTree minus{.kind = ExpandTree::Kind::kExclusion,
                   .object = "doc:a",
                   .relation = "view",
                   .children = {all, set}};
  EXPECT_EQ(Oracle::InTree(minus, "user:u", u), kNo);
  EXPECT_EQ(Oracle::InTree(minus, "user:v", v), kYes);
  minus.kind = ExpandTree::Kind::kIntersection;
  EXPECT_EQ(Oracle::InTree(minus, "user:u", u), kYes);
  EXPECT_EQ(Oracle::InTree(minus, "user:v", v), kNo);
}

TEST(SchemaTextTest, FewParenthesesFollowPrecedence) {
  SchemaAst schema;
  schema.few_parentheses = true;
  TypeDef type;
  type.name = "doc";
  type.permissions = {
      {"one", Expr::Exclusion(Ref("a"), Expr::Union({Ref("b"), Ref("c")}))},
      {"two", Expr::Union({Ref("a"), Expr::Exclusion(Ref("b"), Ref("c"))})},
      {"six", Expr::Exclusion(Ref("a"), Expr::Exclusion(Ref("b"), Ref("c")))},
      {"ten", Expr::Intersection(
                  {Expr::Union({Ref("a"), Ref("b")}), Expr::Arrow("c", "d")})},
  };
  schema.types = {type};
  const std::string text = SchemaText(schema);
  EXPECT_NE(text.find("one = a - b + c\n"), std::string::npos) << text;
  EXPECT_NE(text.find("two = a + (b - c)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("six = a - (b - c)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("ten = a + b & c->d\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace kith::property
