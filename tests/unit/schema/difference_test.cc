#include "schema/difference.h"

#include <set>
#include <string>
#include <vector>

#include "unit/schema/schema_text.h"

namespace kith::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Kind = SchemaDifference::Kind;

std::vector<SchemaDifference> Between(std::string_view older,
                                      std::string_view newer) {
  auto differences = DiffSchemas(older, newer);
  EXPECT_TRUE(differences.ok()) << differences.status();
  return differences.ok() ? *differences : std::vector<SchemaDifference>();
}

std::vector<std::string> Lines(std::string_view older, std::string_view newer) {
  std::vector<std::string> lines;
  for (const auto& difference : Between(older, newer)) {
    lines.push_back(difference.ToString());
  }
  return lines;
}

// The only difference, which must be of `kind` and named so on the wire.
SchemaDifference Only(std::string_view older, std::string_view newer, Kind kind,
                      std::string_view name) {
  const auto differences = Between(older, newer);
  EXPECT_EQ(differences.size(), 1u) << name;
  if (differences.size() != 1) return {};
  EXPECT_EQ(differences[0].kind, kind) << name;
  EXPECT_EQ(differences[0].KindName(), name);
  return differences[0];
}

constexpr char kUser[] = "definition user {}\n";
std::string WithUser(std::string_view rest) {
  return kUser + std::string(rest);
}

TEST(DifferenceTest, DefinitionAddedAndRemoved) {
  const std::string more =
      WithUser("definition team { relation member: user }");
  const auto added =
      Only(kUser, more, Kind::kDefinitionAdded, "definition_added");
  const auto& team = std::get<ReflectedDefinition>(added.subject);
  EXPECT_EQ(team.name, "team");
  ASSERT_EQ(team.relations.size(), 1u);
  EXPECT_EQ(added.ToString(), "+ definition team");
  const auto removed =
      Only(more, kUser, Kind::kDefinitionRemoved, "definition_removed");
  EXPECT_EQ(std::get<ReflectedDefinition>(removed.subject).relations.size(),
            1u);
  EXPECT_EQ(removed.ToString(), "- definition team");
}

TEST(DifferenceTest, DefinitionCommentChanged) {
  const auto changed =
      Only("// a\ndefinition user {}", "// b\ndefinition user {}",
           Kind::kDefinitionCommentChanged, "definition_doc_comment_changed");
  EXPECT_EQ(std::get<ReflectedDefinition>(changed.subject).comment, "// b");
  EXPECT_EQ(changed.ToString(), "~ definition user: comment");
}

TEST(DifferenceTest, RelationAddedAndRemoved) {
  const std::string one = WithUser("definition doc { relation one: user }");
  const std::string two = WithUser(
      "definition doc {\n relation one: user\n relation two: user | user:*\n}");
  const auto added = Only(one, two, Kind::kRelationAdded, "relation_added");
  EXPECT_EQ(added.ToString(), "+ relation doc#two: user | user:*");
  EXPECT_EQ(std::get<ReflectedRelation>(added.subject).definition, "doc");
  const auto removed =
      Only(two, one, Kind::kRelationRemoved, "relation_removed");
  EXPECT_EQ(removed.ToString(), "- relation doc#two");
}

TEST(DifferenceTest, RelationCommentChanged) {
  const auto changed =
      Only(WithUser("definition doc {\n relation one: user\n}"),
           WithUser("definition doc {\n // c\n relation one: user\n}"),
           Kind::kRelationCommentChanged, "relation_doc_comment_changed");
  EXPECT_EQ(std::get<ReflectedRelation>(changed.subject).comment, "// c");
}

TEST(DifferenceTest, RelationSubjectAddedAndRemoved) {
  const std::string one = WithUser("definition doc { relation one: user }");
  const std::string two =
      WithUser("definition doc { relation one: user | user:* }");
  const auto added = Only(one, two, Kind::kRelationSubjectAdded,
                          "relation_subject_type_added");
  EXPECT_EQ(added.changed_subject.ToString(), "user:*");
  EXPECT_EQ(std::get<ReflectedRelation>(added.subject).subjects.size(), 2u);
  EXPECT_EQ(added.ToString(), "+ relation doc#one: user:*");
  const auto removed = Only(two, one, Kind::kRelationSubjectRemoved,
                            "relation_subject_type_removed");
  EXPECT_EQ(removed.changed_subject.ToString(), "user:*");
  EXPECT_EQ(std::get<ReflectedRelation>(removed.subject).subjects.size(), 1u);
}

TEST(DifferenceTest, SubjectsDifferByCaveatAndExpiryToo) {
  const std::string head =
      "use expiration\ncaveat yes(a bool) { a }\ndefinition user {}\n";
  EXPECT_THAT(Lines(head + "definition doc { relation one: user }",
                    head + "definition doc { relation one: user with yes and "
                           "expiration | user with expiration }"),
              ElementsAre("- relation doc#one: user",
                          "+ relation doc#one: user with expiration",
                          "+ relation doc#one: user with yes and expiration"));
}

TEST(DifferenceTest, PermissionAddedAndRemoved) {
  const std::string one = WithUser("definition doc { relation one: user }");
  const std::string two = WithUser(
      "definition doc {\n relation one: user\n permission view = one\n}");
  const auto added = Only(one, two, Kind::kPermissionAdded, "permission_added");
  EXPECT_EQ(added.ToString(), "+ permission doc#view = one");
  const auto removed =
      Only(two, one, Kind::kPermissionRemoved, "permission_removed");
  EXPECT_EQ(removed.ToString(), "- permission doc#view");
}

TEST(DifferenceTest, PermissionCommentChanged) {
  const auto changed =
      Only("definition doc {\n // a\n permission view = nil\n}",
           "definition doc {\n // b\n permission view = nil\n}",
           Kind::kPermissionCommentChanged, "permission_doc_comment_changed");
  EXPECT_EQ(std::get<ReflectedPermission>(changed.subject).comment, "// b");
}

TEST(DifferenceTest, PermissionExpressionChanged) {
  const std::string head =
      "definition doc {\n relation one: doc\n"
      " relation two: doc\n permission view = ";
  const auto changed =
      Only(head + "one + two\n}", head + "two + one\n}",
           Kind::kPermissionExpressionChanged, "permission_expr_changed");
  EXPECT_EQ(changed.previous, "one + two");
  EXPECT_EQ(changed.ToString(),
            "~ permission doc#view = two + one (was one + two)");
}

TEST(DifferenceTest, CaveatAddedAndRemoved) {
  const std::string caveat = "caveat yes(a bool) { a }";
  const auto added = Only("", caveat, Kind::kCaveatAdded, "caveat_added");
  EXPECT_EQ(std::get<ReflectedCaveat>(added.subject).expression, "a");
  Only(caveat, "", Kind::kCaveatRemoved, "caveat_removed");
}

TEST(DifferenceTest, CaveatCommentChanged) {
  const auto changed =
      Only("caveat yes(a bool) { a }", "// d\ncaveat yes(a bool) { a }",
           Kind::kCaveatCommentChanged, "caveat_doc_comment_changed");
  EXPECT_EQ(std::get<ReflectedCaveat>(changed.subject).comment, "// d");
}

TEST(DifferenceTest, CaveatExpressionChanged) {
  const auto changed =
      Only("caveat yes(a bool) { a }", "caveat yes(a bool) { !a }",
           Kind::kCaveatExpressionChanged, "caveat_expr_changed");
  EXPECT_EQ(changed.ToString(), "~ caveat yes: !a (was a)");
}

TEST(DifferenceTest, CaveatParameterAddedAndRemoved) {
  // The expression mentions every parameter, so it changes as well.
  const std::string one = "caveat yes(a bool) { a }";
  const std::string two = "caveat yes(a bool, b int) { a && b == 1 }";
  const auto added = Between(one, two);
  ASSERT_EQ(added.size(), 2u);
  EXPECT_EQ(added[0].kind, Kind::kCaveatParameterAdded);
  EXPECT_EQ(added[0].KindName(), "caveat_parameter_added");
  EXPECT_EQ(std::get<ReflectedParameter>(added[0].subject).type, "int");
  EXPECT_EQ(added[0].ToString(), "+ parameter b int of caveat yes");
  EXPECT_EQ(added[1].kind, Kind::kCaveatExpressionChanged);
  const auto removed = Between(two, one);
  ASSERT_EQ(removed.size(), 2u);
  EXPECT_EQ(removed[0].kind, Kind::kCaveatParameterRemoved);
  EXPECT_EQ(removed[0].KindName(), "caveat_parameter_removed");
}

TEST(DifferenceTest, CaveatParameterTypeChanged) {
  const auto changed =
      Only("caveat yes(a int, b int) { a == b }",
           "caveat yes(a int, b any) { a == b }",
           Kind::kCaveatParameterTypeChanged, "caveat_parameter_type_changed");
  EXPECT_EQ(std::get<ReflectedParameter>(changed.subject).type, "any");
  EXPECT_EQ(changed.previous, "int");
  EXPECT_EQ(changed.ToString(), "~ parameter b any of caveat yes (was int)");
}

TEST(DifferenceTest, EveryKindHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int number = 1; number <= 19; ++number) {
    SchemaDifference difference;
    difference.kind = static_cast<Kind>(number);
    names.insert(difference.KindName());
  }
  EXPECT_EQ(names.size(), 19u);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(DifferenceTest, OrderLayoutAndParenthesesAreNone) {
  EXPECT_THAT(
      Lines("definition user {}\ndefinition doc {\n relation one: user | doc\n"
            " relation two: user\n permission view = one + two\n}\n"
            "caveat yes(a bool) { a }\ncaveat yesno(a bool) { a }",
            "caveat yesno(a bool) { a }\ncaveat yes(a bool) { a }\n"
            "definition doc {\n permission view = (one) + (two)\n"
            " relation two: user; relation one: doc | user\n}\n"
            "definition user {}"),
      IsEmpty());
}

TEST(DifferenceTest, ARelationThatBecomesAPermissionIsRemovedAndAdded) {
  EXPECT_THAT(Lines(WithUser("definition doc { relation one: user }"),
                    WithUser("definition doc { permission one = nil }")),
              ElementsAre("- relation doc#one", "+ permission doc#one = nil"));
}

TEST(DifferenceTest, DefinitionsByNameThenCaveats) {
  EXPECT_THAT(Lines("caveat aaa(a bool) { a }\ndefinition zoo {}",
                    "caveat bbb(a bool) { a }\ndefinition ant {}"),
              ElementsAre("+ definition ant", "- definition zoo",
                          "- caveat aaa", "+ caveat bbb"));
}

TEST(DifferenceTest, BothTextsMustCompile) {
  EXPECT_EQ(ReasonOf(DiffSchemas("definition {", "").status()),
            ErrorReason::kSchemaParseError);
  EXPECT_EQ(
      ReasonOf(
          DiffSchemas("", "definition doc { relation one: user }").status()),
      ErrorReason::kSchemaTypeError);
}

}  // namespace
}  // namespace kith::schema
