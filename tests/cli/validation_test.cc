#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/command_run.h"
#include "tools/kith/errors.h"
#include "tools/kith/validation/validator.h"

namespace kith::tool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kSchema[] = R"(schema: |-
  definition user {}
  definition group {
    relation member: user | group#member
  }
  definition document {
    relation viewer: user | user:* | group#member
    relation banned: user
    permission view = viewer - banned
  }
)";

// What `kith validate` finds in a file of kSchema and `rest`.
std::vector<std::string> Failures(const std::string& rest) {
  const auto file = ValidationFile::Parse("f.yaml", kSchema + rest);
  EXPECT_TRUE(file.ok()) << file.status();
  const auto report = Validate(*file);
  EXPECT_TRUE(report.ok()) << report.status();
  std::vector<std::string> lines;
  for (const ValidationFailure& failure : report->failures) {
    lines.push_back(failure.ToString());
  }
  return lines;
}

TEST(ExpectedSubjectTest, AllForms) {
  auto parsed =
      ParseExpectedSubject("[user:anne] is <document:1#viewer>/<folder:f#all>");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->subject, SubjectRef("user:anne"));
  EXPECT_FALSE(parsed->conditional);
  ASSERT_EQ(parsed->through.size(), 2u);
  EXPECT_EQ(parsed->through[1].first, ObjectRef("folder:f"));
  EXPECT_EQ(parsed->through[1].second, "all");

  parsed = ParseExpectedSubject("[group:eng#member[...]]");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->subject, SubjectRef("group:eng#member"));
  EXPECT_TRUE(parsed->conditional);

  parsed = ParseExpectedSubject(
      "[user:* - {user:tom, user:sam[...]}] is "
      "<document:1#viewer>");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(parsed->subject.is_wildcard());
  ASSERT_EQ(parsed->exclusions.size(), 2u);
  EXPECT_EQ(parsed->exclusions[0].subject, SubjectRef("user:tom"));
  EXPECT_FALSE(parsed->exclusions[0].conditional);
  EXPECT_TRUE(parsed->exclusions[1].conditional);
}

TEST(ExpectedSubjectTest, AnythingElseIsRefused) {
  for (const std::string text :
       {"", "user:anne", "[user:anne", "[]", "[user:anne] is", "[user:anne] x",
        "[user:anne] is <document:1#viewer> x", "[user:anne - {user:tom}]",
        "[user:* - {}]", "[user:* - {user:tom]"}) {
    EXPECT_FALSE(ParseExpectedSubject(text).ok()) << text;
  }
}

TEST(ValidationFileTest, LinesOfFoldedAndLiteralText) {
  const auto file = ValidationFile::Parse("f.yaml",
                                          "---\n"                      // 1
                                          "schema: |+\n"               // 2
                                          "  definition user {}\n"     // 3
                                          "\n"                         // 4
                                          "  definition document {\n"  // 5
                                          "    relation viewer: user\n"
                                          "  }\n"                // 7
                                          "\n"                   // 8
                                          "relationships: >-\n"  // 9
                                          "  document:a#viewer@user:x\n"
                                          "\n"                // 11
                                          "  // a comment\n"  // 12
                                          "\n"                // 13
                                          "  document:b#viewer@user:x\n"
                                          "assertions:\n"    // 15
                                          "  assertTrue:\n"  // 16
                                          "    - document:a#viewer@user:x\n");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->problems, IsEmpty());
  EXPECT_EQ(file->LineOfSchema(1), 3);
  EXPECT_EQ(file->LineOfSchema(4), 6);
  ASSERT_EQ(file->relationships.size(), 2u);
  EXPECT_EQ(file->relationships[0].line, 10);
  EXPECT_EQ(file->relationships[1].line, 14);
  ASSERT_EQ(file->assertions.size(), 1u);
  EXPECT_EQ(file->assertions[0].line, 17);
}

TEST(ValidationFileTest, TextThatIsNotYamlIsRefusedWithItsPlace) {
  const auto file = ValidationFile::Parse("f.yaml", "schema: [\n");
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("f.yaml:"));
}

TEST(ValidatorTest, ATrueFilePasses) {
  EXPECT_THAT(Failures("relationships: |-\n"
                       "  document:a#viewer@user:anne\n"
                       "  document:a#viewer@group:eng#member\n"
                       "  group:eng#member@user:tom\n"
                       "  group:eng#member@user:sam\n"
                       "  document:a#banned@user:sam\n"
                       "assertions:\n"
                       "  assertTrue:\n"
                       "    - document:a#view@user:anne\n"
                       "    - document:a#view@user:tom\n"
                       "  assertFalse:\n"
                       "    - document:a#view@user:sam\n"
                       "    - document:b#view@user:anne\n"
                       "validation:\n"
                       "  document:a#view:\n"
                       "    - '[user:anne] is <document:a#viewer>'\n"
                       "    - '[user:tom] is <group:eng#member>'\n"
                       "    - '[group:eng#member] is <document:a#viewer>'\n"
                       "  document:b#view: []\n"),
              IsEmpty());
}

TEST(ValidatorTest, FalseAssertionsFailOneByOneAndInBulk) {
  EXPECT_THAT(
      Failures("relationships: document:a#viewer@user:anne\n"  // 11
               "assertions:\n"
               "  assertTrue:\n"
               "    - document:a#view@user:tom\n"
               "  assertCaveated:\n"
               "    - document:a#view@user:anne\n"),
      ElementsAre("f.yaml:14: document:a#view@user:tom: expected yes, got no",
                  "f.yaml:16: document:a#view@user:anne: expected conditional, "
                  "got yes",
                  "f.yaml:14: document:a#view@user:tom: expected yes, got no "
                  "(in bulk)",
                  "f.yaml:16: document:a#view@user:anne: expected conditional, "
                  "got yes (in bulk)"));
}

TEST(ValidatorTest, ASubjectThatIsNotListedFails) {
  EXPECT_THAT(Failures("relationships: |-\n"
                       "  document:a#viewer@group:eng#member\n"
                       "  group:eng#member@user:tom\n"
                       "validation:\n"
                       "  document:a#view:\n"
                       "    - '[group:eng#member]'\n"),
              ElementsAre(HasSubstr("f.yaml:15: document:a#view: [user:tom]: "
                                    "expected it to be listed")));
}

TEST(ValidatorTest, AListedSubjectThatIsNotFoundFails) {
  EXPECT_THAT(Failures("relationships: document:a#banned@user:tom\n"
                       "validation:\n"
                       "  document:a#view:\n"
                       "    - '[user:tom] is <document:a#viewer>'\n"),
              ElementsAre("f.yaml:14: document:a#view: [user:tom] is "
                          "<document:a#viewer>: expected yes, got no"));
}

TEST(ValidatorTest, ThePathOfASubjectMustBeARelationship) {
  EXPECT_THAT(Failures("relationships: document:a#viewer@user:tom\n"
                       "validation:\n"
                       "  document:a#view:\n"
                       "    - '[user:tom] is <document:b#viewer>'\n"),
              ElementsAre(HasSubstr("user:tom directly in document:b#viewer, "
                                    "got no such relationship")));
}

TEST(ValidatorTest, ExclusionsOfAWildcardMustBeExact) {
  const std::string relationships =
      "relationships: |-\n"
      "  document:a#viewer@user:*\n"
      "  document:a#banned@user:tom\n"
      "validation:\n"
      "  document:a#view:\n";
  EXPECT_THAT(Failures(relationships + "    - '[user:* - {user:tom}]'\n"),
              IsEmpty());
  EXPECT_THAT(Failures(relationships + "    - '[user:*]'\n"),
              ElementsAre(HasSubstr("user:tom among the exclusions")));
  EXPECT_THAT(
      Failures(relationships + "    - '[user:* - {user:tom, user:anne}]'\n"),
      ElementsAre(HasSubstr("expected user:anne to be excluded")));
  EXPECT_THAT(Failures(relationships + "    []\n"),
              ElementsAre(HasSubstr("[user:*]: expected it to be listed")));
}

TEST(ValidatorTest, MembershipCyclesEnd) {
  EXPECT_THAT(Failures("relationships: |-\n"
                       "  group:a#member@group:b#member\n"
                       "  group:b#member@group:a#member\n"
                       "  group:b#member@user:tom\n"
                       "validation:\n"
                       "  group:a#member:\n"
                       "    - '[group:b#member]'\n"
                       "    - '[user:tom]'\n"),
              IsEmpty());
}

TEST(ValidatorTest, ARefusedRelationshipIsNamed) {
  EXPECT_THAT(Failures("relationships: |-\n"
                       "  document:a#viewer@user:anne\n"
                       "  document:a#banned@group:eng#member\n"
                       "assertions:\n"
                       "  assertTrue: [\"document:a#view@user:anne\"]\n"),
              ElementsAre(HasSubstr(
                  "f.yaml:13: document:a#banned@group:eng#member: ")));
}

TEST(ValidatorTest, ProblemsOfTheFileFail) {
  EXPECT_THAT(
      Failures("relationship: document:a#viewer@user:anne\n"),
      ElementsAre(HasSubstr("f.yaml:11: unknown key \"relationship\"")));
  EXPECT_THAT(Failures("assertions: {assertTrue: [\"document:a#view\"]}\n"),
              ElementsAre(HasSubstr("f.yaml:11: ")));
}

TEST(ValidatorTest, ASchemaErrorIsPlacedInTheFile) {
  const auto file = ValidationFile::Parse(
      "f.yaml",
      "schema: |-\n  definition user {}\n\n  definition doc {\n"
      "    relation viewer: usr\n  }\n");
  ASSERT_TRUE(file.ok()) << file.status();
  const auto report = Validate(*file);
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->failures.size(), 1u);
  EXPECT_EQ(report->failures[0].line, 5);
}

TEST(ValidatorTest, CaveatsAreEvaluatedWithTheContextOfAnAssertion) {
  const auto file = ValidationFile::Parse(
      "f.yaml",
      "schema: |-\n  definition user {}\n"
      "  caveat odd(n int) { n == 1 }\n"
      "  definition document {\n"
      "    relation viewer: user with odd\n  }\n"
      "relationships: document:a#viewer@user:anne[odd]\n"
      "assertions:\n"
      "  assertTrue: ['document:a#viewer@user:anne with {\"n\": 1}']\n"
      "  assertCaveated: ['document:a#viewer@user:anne']\n"
      "  assertFalse: ['document:a#viewer@user:anne with {\"n\": 2}']\n"
      "validation:\n"
      "  document:a#viewer:\n"
      "    - '[user:anne[...]] is <document:a#viewer>'\n");
  ASSERT_TRUE(file.ok()) << file.status();
  const auto report = Validate(*file);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->assertions, 3u);
  EXPECT_EQ(report->expected_subjects, 1u);
  for (const auto& failure : report->failures) {
    ADD_FAILURE() << failure.ToString();
  }
}

TEST(ValidateVerbTest, SchemaFileIsBesideTheFile) {
  Shell shell;
  shell.folder.Write("s.zed",
                     "definition user {}\n"
                     "definition document { relation viewer: user }\n");
  const std::string path =
      shell.folder.Write("v.yaml",
                         "schemaFile: s.zed\n"
                         "relationships: document:a#viewer@user:anne\n"
                         "assertions:\n"
                         "  assertTrue: ['document:a#viewer@user:anne']\n"
                         "  assertFalse: ['document:a#viewer@user:tom']\n");
  const auto ended = shell.Run({"validate", path});
  EXPECT_EQ(ended.code, kExitOk) << ended.err;
  EXPECT_EQ(ended.out, path +
                           ": ok (1 relationships, 2 assertions, 0 expected "
                           "subjects)\n");
}

TEST(ValidateVerbTest, FailuresExitWithOneAndAreJsonUnderJson) {
  Shell shell;
  const std::string path = shell.folder.Write(
      "v.yaml", std::string(kSchema) +
                    "assertions: {assertTrue: ['document:a#view@user:x']}\n");
  EXPECT_EQ(shell.Run({"validate", path}).code, kExitNo);
  const auto ended = shell.Run({"validate", "--json", path});
  EXPECT_EQ(ended.code, kExitNo);
  const auto json = nlohmann::json::parse(ended.out);
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["failures"].size(), 2u);
  EXPECT_EQ(json["failures"][0]["line"], 11);
  EXPECT_EQ(json["failures"][0]["expected"], "yes");
}

}  // namespace
}  // namespace kith::tool
