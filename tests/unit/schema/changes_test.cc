#include "schema/changes.h"

#include <string>
#include <vector>

#include "schema_text.h"

namespace kith::schema {
namespace {

using Operation = Removal::Operation;

// `operation type#relation@type:id#relation [allowed] caveat.parameter`, so far
// as set; a subject relation that must be empty shows as `#-`.
std::string Describe(const Removal& removal) {
  const RelationshipFilter& filter = removal.filter;
  EXPECT_TRUE(filter.resource_id.empty());
  EXPECT_TRUE(filter.resource_id_prefix.empty());
  std::string out(OperationName(removal.operation));
  out += " " + filter.resource_type + "#" + filter.relation;
  if (filter.subject.has_value()) {
    out += "@" + filter.subject->type + ":" + filter.subject->id;
    if (filter.subject->relation.has_value()) {
      const std::string& relation = *filter.subject->relation;
      out += "#" + (relation.empty() ? "-" : relation);
    }
  }
  if (!removal.allowed.type.empty()) {
    out += " [" + removal.allowed.ToString() + "]";
  }
  if (!removal.caveat.empty()) {
    out += " " + removal.caveat + "." + removal.parameter;
  }
  return out;
}

std::vector<std::string> Between(std::string_view before,
                                 std::string_view after) {
  std::vector<std::string> out;
  for (const Removal& removal :
       RemovalsBetween(*MustCompile(before), *MustCompile(after))) {
    out.push_back(Describe(removal));
  }
  return out;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ChangesTest, AddingAndRewritingRemovesNothing) {
  const std::string before =
      InDocument("relation viewer: user\npermission view = viewer");
  EXPECT_THAT(Between(before, before), IsEmpty());
  EXPECT_THAT(Between("", before), IsEmpty());
  EXPECT_THAT(
      Between(before,
              "use expiration\ncaveat only(num int) { num == 1 }\n" +
                  InDocument("relation editor: user\n"
                             "permission view = viewer - editor\n"
                             "// doc\nrelation viewer: team#member | user:* | "
                             "user with expiration | user")),
      IsEmpty());
}

TEST(ChangesTest, DefinitionsAndWhereTheyWereSubjects) {
  EXPECT_THAT(Between(InDocument("relation viewer: user | team#member"),
                      "definition user {}\n"
                      "definition document { relation viewer: user }"),
              ElementsAre("delete_object_definition team#",
                          "remove_allowed_type document#viewer@team:#member "
                          "[team#member]"));
  EXPECT_THAT(Between(InDocument(""), ""),
              ElementsAre("delete_object_definition user#",
                          "delete_object_definition team#",
                          "delete_object_definition document#"));
}

TEST(ChangesTest, RelationsAndWhereTheyWereSubjects) {
  EXPECT_THAT(Between(InDocument("relation viewer: user | document#editor\n"
                                 "relation editor: user"),
                      InDocument("relation viewer: user")),
              ElementsAre("remove_allowed_type "
                          "document#viewer@document:#editor [document#editor]",
                          "delete_relation document#editor",
                          "delete_relation_reverse_check #@document:#editor"));
}

TEST(ChangesTest, ARelationTurnedIntoAPermissionIsDeleted) {
  // As a subject the name stays good.
  EXPECT_THAT(Between(InDocument("relation viewer: user | document#view\n"
                                 "relation view: user"),
                      InDocument("relation viewer: user | document#view\n"
                                 "permission view = nil")),
              ElementsAre("delete_relation document#view"));
  EXPECT_THAT(Between(InDocument("relation viewer: user | document#view\n"
                                 "permission view = nil"),
                      InDocument("relation viewer: user | document#view\n"
                                 "relation view: user")),
              IsEmpty());
}

TEST(ChangesTest, PermissionsMatterOnlyAsSubjects) {
  EXPECT_THAT(
      Between(InDocument("relation viewer: user\npermission view = viewer"),
              InDocument("relation viewer: user")),
      ElementsAre("delete_relation_reverse_check #@document:#view"));
  EXPECT_THAT(
      Between(InDocument("relation viewer: user | document#view\n"
                         "permission view = viewer"),
              InDocument("relation viewer: user")),
      ElementsAre(
          "remove_allowed_type document#viewer@document:#view [document#view]",
          "delete_relation_reverse_check #@document:#view"));
}

TEST(ChangesTest, AllowedSubjectsAreExactCombinations) {
  const std::string use = "use expiration\n";
  EXPECT_THAT(
      Between(use + InDocument("relation viewer: user | user:* | team#member | "
                               "user with expiration"),
              use + InDocument("relation viewer: team")),
      ElementsAre(
          "remove_allowed_type document#viewer@user:#- [user]",
          "remove_allowed_type document#viewer@user:*#- [user:*]",
          "remove_allowed_type document#viewer@team:#member [team#member]",
          "remove_allowed_type document#viewer@user:#- [user with "
          "expiration]"));
  EXPECT_THAT(Between(InDocument("relation viewer: user"),
                      use + InDocument("relation viewer: user with "
                                       "expiration")),
              ElementsAre("remove_allowed_type document#viewer@user:#- "
                          "[user]"));
  EXPECT_THAT(Between(InDocument("relation viewer: user | team#..."),
                      InDocument("relation viewer: team | user")),
              IsEmpty());
}

TEST(ChangesTest, CaveatsMayGoButTheirParametersStay) {
  const std::string before =
      "caveat only(num int, str string) { str == string(num) }\n"
      "caveat gone(num int) { num == 1 }";
  EXPECT_THAT(
      Between(before, "caveat only(num uint, more bool) { more && num == 1 }"),
      ElementsAre("change_parameter_type # only.num",
                  "remove_parameter # only.str"));
  EXPECT_THAT(Between(before,
                      "caveat only(more bool, str string, num int) "
                      "{ more && str != string(num) }"),
              IsEmpty());
}

TEST(ChangesTest, ErrorsNameWhatStandsInTheWay) {
  const auto before = MustCompile(
      "use expiration\n" + InDocument("relation viewer: user with expiration\n"
                                      "relation editor: user"));
  const auto after = MustCompile(InDocument("relation viewer: user"));
  const std::vector<Removal> removals = RemovalsBetween(*before, *after);
  ASSERT_EQ(removals.size(), 3u);

  absl::Status status = RemovalError(
      removals[0], "document:d#viewer@user:u[expiration:2030-01-01T00:00:00Z]");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(status), ErrorReason::kSchemaTypeError);
  EXPECT_EQ(status.message(),
            "cannot remove allowed subject \"user with expiration\" from "
            "relation \"viewer\" of definition \"document\": expected no "
            "relationship that needs it, found "
            "document:d#viewer@user:u[expiration:2030-01-01T00:00:00Z]");
  EXPECT_EQ(Metadata(status, "operation"), "remove_allowed_type");
  EXPECT_EQ(Metadata(status, "resource_type"), "document");
  EXPECT_EQ(Metadata(status, "relation"), "viewer");
  EXPECT_EQ(Metadata(status, "allowed_type"), "user with expiration");
  EXPECT_EQ(Metadata(status, "caveat_name"), "(none)");

  status = RemovalError(removals[1], "document:d#editor@user:u");
  EXPECT_EQ(Metadata(status, "operation"), "delete_relation");
  EXPECT_EQ(Metadata(status, "relationship"), "document:d#editor@user:u");

  status = RemovalError(removals[2], "team:t#member@document:d#editor");
  EXPECT_EQ(Metadata(status, "operation"), "delete_relation_reverse_check");
  EXPECT_EQ(Metadata(status, "resource_type"), "document");
  EXPECT_EQ(Metadata(status, "relation"), "editor");
}

TEST(ChangesTest, CaveatErrorsNeedNoRelationship) {
  const auto removals = RemovalsBetween(
      *MustCompile("caveat only(num int, str string) { num == int(str) }"),
      *MustCompile("caveat only(num uint) { num == 1 }"));
  ASSERT_EQ(removals.size(), 2u);
  EXPECT_EQ(removals[0].operation, Operation::kChangeCaveatParameterType);
  const absl::Status status = RemovalError(removals[1], "");
  EXPECT_EQ(Metadata(status, "operation"), "remove_parameter");
  EXPECT_EQ(Metadata(status, "caveat_name"), "only");
  EXPECT_EQ(Metadata(status, "parameter_name"), "str");
  EXPECT_EQ(Metadata(status, "relationship"), "(none)");
  EXPECT_EQ(Metadata(status, "resource_type"), "(none)");
}

}  // namespace
}  // namespace kith::schema
