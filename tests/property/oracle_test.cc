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

  // On every relation, for users, wildcards and subject sets.
  World& Caveat(CaveatDef caveat) {
    for (RelationDef& relation : doc_.relations) {
      const std::vector<AllowedType> plain = relation.allowed;
      for (AllowedType one : plain) {
        if (!one.caveat.empty()) continue;
        one.caveat = caveat.name;
        relation.allowed.push_back(one);
      }
    }
    caveats_.push_back(std::move(caveat));
    return *this;
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
  Bounds Ask(std::string_view text, uint32_t max_hops = 1000,
             const Struct& context = {}) const {
    const Relationship query = *Relationship::Parse(text);
    SchemaAst schema;
    schema.caveats = caveats_;
    schema.types = {{"user", {}, {}}, doc_};
    const Oracle oracle(schema, relationships_, now_, {query.resource});
    const AtomName atom{"doc", query.relation, query.resource.id};
    const Solution solution = oracle.Solve(query.subject, context);
    support_ = solution.SupportOf(atom);
    const Bounds free = solution.Get(atom);
    const Bounds within = solution.GetWithin(atom, max_hops);
    if (max_hops == 1000) {
      EXPECT_EQ(free, within);
    }
    return within;
  }

  std::vector<CaveatDef> caveats_;
  mutable Support support_;  // of the last question
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

// ---- Caveats ----------------------------------------------------------------

constexpr Bounds kMaybe{Truth::kUnknown, Truth::kUnknown};

Condition Holds(std::string left, std::string op, std::string right) {
  Condition condition;
  condition.kind = Condition::Kind::kCompare;
  condition.left = std::move(left);
  condition.op = std::move(op);
  condition.right = std::move(right);
  return condition;
}

Condition Join(Condition::Kind kind, std::vector<Condition> operands) {
  Condition condition;
  condition.kind = kind;
  condition.operands = std::move(operands);
  return condition;
}

// a && b, of ints: a == 1, b == 2.
CaveatDef Both() {
  return {"both",
          {{"a", "int"}, {"b", "int"}},
          Join(Condition::Kind::kAnd,
               {Holds("a", "==", "1"), Holds("b", "==", "2")})};
}

CaveatDef Quotient() {
  Condition divide = Holds("n", "", "3");
  divide.kind = Condition::Kind::kDivide;
  return {"quotient", {{"n", "int"}}, divide};
}

Value Number(double number) { return Value{number}; }

TEST(ConditionTest, WhatIsMissingIsUnknownUnlessTheRestDecides) {
  const CaveatDef both = Both();
  EXPECT_EQ(EvaluateCaveat(both, {}, {}).missing,
            (std::set<std::string>{"a", "b"}));
  const auto one = EvaluateCaveat(both, {}, {{"a", Number(1)}});
  EXPECT_EQ(one.truth, Truth::kUnknown);
  EXPECT_EQ(one.missing, (std::set<std::string>{"b"}));
  EXPECT_EQ(EvaluateCaveat(both, {}, {{"a", Number(2)}}).truth, Truth::kFalse);
  EXPECT_EQ(
      EvaluateCaveat(both, {}, {{"a", Number(1)}, {"b", Number(2)}}).truth,
      Truth::kTrue);
  CaveatDef either = both;
  either.condition.kind = Condition::Kind::kOr;
  EXPECT_EQ(EvaluateCaveat(either, {}, {{"b", Number(2)}}).truth, Truth::kTrue);
  EXPECT_EQ(EvaluateCaveat(either, {}, {{"b", Number(1)}}).missing,
            (std::set<std::string>{"a"}));
}

TEST(ConditionTest, StoredContextWins) {
  const CaveatDef both = Both();
  const Struct stored = {{"a", Number(1)}};
  const Struct request = {{"a", Number(5)}, {"b", Number(2)}};
  EXPECT_EQ(EvaluateCaveat(both, stored, request).truth, Truth::kTrue);
  EXPECT_EQ(EvaluateCaveat(both, {}, request).truth, Truth::kFalse);
  // What it overrides need not even have the type.
  EXPECT_EQ(EvaluateCaveat(both, stored, {{"a", Value{true}}, {"b", Number(2)}})
                .truth,
            Truth::kTrue);
}

TEST(ConditionTest, AnErrorIsNeitherTrueNorFalse) {
  const CaveatDef quotient = Quotient();
  EXPECT_TRUE(EvaluateCaveat(quotient, {}, {{"n", Number(0)}}).error);
  EXPECT_FALSE(EvaluateCaveat(quotient, {}, {{"n", Number(2)}}).error);
  EXPECT_TRUE(EvaluateCaveat(quotient, {}, {{"n", Value{true}}}).error);
  CaveatDef guarded = quotient;
  guarded.parameters.push_back({"a", "int"});
  guarded.condition =
      Join(Condition::Kind::kAnd, {quotient.condition, Holds("a", "==", "1")});
  const Struct zero = {{"n", Number(0)}};
  EXPECT_TRUE(EvaluateCaveat(guarded, zero, {{"a", Number(1)}}).error);
  EXPECT_FALSE(EvaluateCaveat(guarded, zero, {{"a", Number(2)}}).error);
  EXPECT_EQ(EvaluateCaveat(guarded, zero, {{"a", Number(2)}}).truth,
            Truth::kFalse);
  EXPECT_EQ(EvaluateCaveat(guarded, zero, {}).missing,
            (std::set<std::string>{"a"}));
}

TEST(ConditionTest, ValuesConvert) {
  const CaveatDef both = Both();
  EXPECT_EQ(EvaluateCaveat(both, {}, {{"a", Value{std::string("2")}}}).truth,
            Truth::kFalse);
  for (const Value& wrong :
       {Value{std::string("two")}, Value{1.5}, Value{false}, Value{}}) {
    EXPECT_TRUE(EvaluateCaveat(both, {}, {{"a", wrong}}).error);
  }
}

TEST(OracleTest, CaveatsCapWhatTheirRelationshipGives) {
  World world;
  world.Caveat(Both());
  world.Add("doc:a#rel@user:u[both:{\"a\":1}]");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kMaybe);
  EXPECT_EQ(world.support_.missing, (std::set<std::string>{"b"}));
  EXPECT_EQ(world.Ask("doc:a#rel@user:u", 1000, {{"b", Number(2)}}), kYes);
  EXPECT_EQ(world.Ask("doc:a#rel@user:u", 1000, {{"b", Number(1)}}), kNo);
  world.Add("doc:a#rel@user:*");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kYes);
}

TEST(OracleTest, EitherPathOfADiamondIsEnough) {
  World world;
  world.Caveat(Both());
  world.Add("doc:a#rel@doc:b#rel[both:{\"a\":1}]");
  world.Add("doc:a#rel@doc:c#rel[both:{\"b\":2}]");
  world.Add("doc:b#rel@user:u").Add("doc:c#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kMaybe);
  EXPECT_EQ(world.support_.missing, (std::set<std::string>{"a", "b"}));
  const Struct a_only = {{"a", Number(1)}, {"b", Number(0)}};
  const Struct b_only = {{"a", Number(0)}, {"b", Number(2)}};
  EXPECT_EQ(world.Ask("doc:a#rel@user:u", 1000, a_only), kYes);
  EXPECT_EQ(world.Ask("doc:a#rel@user:u", 1000, b_only), kYes);
  EXPECT_EQ(world.Ask("doc:a#rel@user:u", 1000, {{"b", Number(0)}}), kMaybe);
  EXPECT_EQ(world.support_.missing, (std::set<std::string>{"a"}));
}

TEST(OracleTest, UnknownInAnExclusionIsUnknown) {
  World world;
  world.Caveat(Both()).Permission("view",
                                  Expr::Exclusion(Ref("rel"), Ref("ban")));
  world.Add("doc:a#rel@user:u").Add("doc:a#ban@user:u[both:{\"a\":1}]");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kMaybe);
  EXPECT_EQ(world.Ask("doc:a#view@user:v"), kNo);
  EXPECT_EQ(world.Ask("doc:a#view@user:u", 1000, {{"b", Number(2)}}), kNo);
  EXPECT_EQ(world.Ask("doc:a#view@user:u", 1000, {{"b", Number(3)}}), kYes);
}

TEST(OracleTest, AllAsksParentsWithFalseCaveatsToo) {
  World world;
  world.Caveat(Both()).Permission("view", Expr::All("parent", "rel"));
  world.Add("doc:a#parent@doc:b").Add("doc:b#rel@user:u");
  world.Add("doc:a#parent@doc:c[both:{\"a\":1}]").Add("doc:c#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#view@user:u"), kMaybe);
  EXPECT_EQ(world.Ask("doc:a#view@user:u", 1000, {{"b", Number(3)}}), kNo);
  EXPECT_EQ(world.Ask("doc:a#view@user:u", 1000, {{"b", Number(2)}}), kYes);
}

TEST(OracleTest, AnUnknownHangsOnACaveatThatFails) {
  World world;
  world.Caveat(Quotient()).Caveat(Both());
  world.Permission("both", Expr::Intersection({Ref("rel"), Ref("rex")}));
  world.Add("doc:a#rel@user:u[quotient:{\"n\":0}]");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kMaybe);
  EXPECT_TRUE(world.support_.error);
  // It does not hang on it where something else decides.
  EXPECT_EQ(world.Ask("doc:a#both@user:u"), kNo);
  EXPECT_FALSE(world.support_.error);
  world.Add("doc:a#rel@user:*");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kYes);
}

TEST(OracleTest, ACycleOfCaveatsSupportsNothingByItself) {
  World world;
  world.Caveat(Both());
  world.Add("doc:a#rel@doc:b#rel[both]").Add("doc:b#rel@doc:a#rel[both]");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kNo);
  world.Add("doc:b#rel@user:u");
  EXPECT_EQ(world.Ask("doc:a#rel@user:u"), kMaybe);
  EXPECT_EQ(world.Ask("doc:b#rel@user:u"), kYes);
}

TEST(SchemaTextTest, CaveatsAndWhatCarriesThem) {
  SchemaAst schema;
  schema.caveats = {Both()};
  TypeDef type;
  type.name = "doc";
  type.relations = {
      {"rel",
       {{"user", "", true, true, "both"}, {"user", "", false, false, "both"}}}};
  schema.types = {type};
  const std::string text = SchemaText(schema);
  EXPECT_NE(text.find("caveat both(a int, b int) {\n\t(a == 1) && (b == 2)\n}"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("rel: user:* with both and expiration | user with both"),
            std::string::npos)
      << text;
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
