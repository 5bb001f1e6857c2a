#include "schema/lint.h"

#include <string>
#include <vector>

#include "unit/schema/schema_text.h"

namespace kith::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// `line:column code` of each warning.
std::vector<std::string> Warnings(std::string_view text) {
  const auto warnings = LintSchema(text);
  EXPECT_TRUE(warnings.ok()) << warnings.status();
  std::vector<std::string> texts;
  if (!warnings.ok()) return texts;
  for (const SchemaWarning& warning : *warnings) {
    EXPECT_FALSE(warning.message.empty());
    EXPECT_EQ(warning.end_line, warning.line);
    EXPECT_GT(warning.end_column, warning.column);
    texts.push_back(
        fmt::format("{}:{} {}", warning.line, warning.column, warning.code));
  }
  return texts;
}

TEST(LintTest, AGoodSchemaHasNone) {
  EXPECT_THAT(Warnings("use self\n"
                       "caveat yes(a bool) { a }\n"
                       "definition user {\n permission own = self\n}\n"
                       "definition folder {\n relation parent: folder\n"
                       " relation owner: user with yes\n"
                       " permission view = owner + parent->view\n"
                       " permission none = nil\n}"),
              IsEmpty());
}

TEST(LintTest, NamesThatRepeatTheirDefinition) {
  EXPECT_THAT(Warnings("definition org/document {\n"
                       " relation document_viewer: org/document\n"
                       " relation view_documents: org/document\n"
                       " permission view_document = view_documents\n"
                       " permission document = view_documents\n}"),
              ElementsAre("2:11 relation-name-references-parent",
                          "4:13 relation-name-references-parent",
                          "5:13 relation-name-references-parent"));
}

TEST(LintTest, PermissionThatReferencesItself) {
  EXPECT_THAT(Warnings("definition doc {\n relation one: doc\n"
                       " permission view = one + view\n}"),
              ElementsAre("3:26 permission-references-itself"));
  // Through data it is how trees are written.
  EXPECT_THAT(Warnings("definition doc {\n relation one: doc\n"
                       " permission view = one + one->view\n}"),
              IsEmpty());
}

TEST(LintTest, ArrowToNowhere) {
  EXPECT_THAT(Warnings("definition user {}\ndefinition doc {\n"
                       " relation one: user\n permission view = one->view\n}"),
              ElementsAre("4:20 arrow-references-unreachable-relation"));
  // One type that has it is enough.
  EXPECT_THAT(Warnings("definition user {}\ndefinition doc {\n"
                       " relation one: user | doc\n"
                       " permission view = one->view + one\n}"),
              IsEmpty());
}

TEST(LintTest, ArrowOverSubjectSets) {
  const auto warnings = LintSchema(
      "definition team {\n relation member: team\n"
      " permission view = member\n}\n"
      "definition doc {\n relation one: team | team#member\n"
      " permission view = one->view\n}");
  ASSERT_TRUE(warnings.ok());
  ASSERT_EQ(warnings->size(), 1u);
  EXPECT_EQ(warnings->front().code, "arrow-walks-subject-relation");
  EXPECT_THAT(warnings->front().message, HasSubstr("\"#member\""));
}

TEST(LintTest, ArrowToARelation) {
  EXPECT_THAT(Warnings("definition team { relation member: team }\n"
                       "definition doc {\n relation one: team\n"
                       " permission view = one->member\n}"),
              ElementsAre("4:20 arrow-references-relation"));
}

TEST(LintTest, PermissionThatIsAlwaysEmpty) {
  EXPECT_THAT(Warnings("definition doc {\n relation one: doc\n"
                       " permission none = nil\n"
                       " permission both = one & none\n"
                       " permission less = none - one\n"
                       " permission more = none + one\n"
                       " permission tree = both + one->tree\n}"),
              ElementsAre("4:13 permission-is-always-empty",
                          "5:13 permission-is-always-empty",
                          "7:13 permission-is-always-empty"));
}

TEST(LintTest, UnusedCaveat) {
  EXPECT_THAT(Warnings("caveat yes(a bool) { a }\ndefinition doc {}"),
              ElementsAre("1:8 unused-caveat"));
}

TEST(LintTest, CommentsSilenceOneCode) {
  const std::string head = "definition team { relation member: team }\n";
  EXPECT_THAT(
      Warnings(head + "definition doc {\n relation one: team\n"
                      " // kith-ignore-warning: arrow-references-relation\n"
                      " permission view = one->member\n"
                      " permission edit = one->member\n}"),
      ElementsAre("6:20 arrow-references-relation"));
  EXPECT_THAT(
      Warnings(head + "// kith-ignore-warning: arrow-references-relation\n"
                      "definition doc {\n relation one: team\n"
                      " permission doc_view = one->member\n}"),
      ElementsAre("5:13 relation-name-references-parent"));
  // Other codes stay, and so does a code that only begins with it.
  EXPECT_THAT(
      Warnings(head + "definition doc {\n relation one: team\n"
                      " // kith-ignore-warning: arrow-references-relations\n"
                      " // kith-ignore-warning: unused-caveat\n"
                      " permission view = one->member\n}"),
      ElementsAre("6:20 arrow-references-relation"));
}

TEST(LintTest, CommentsMaySilenceSeveralAndInTheReferencesWords) {
  EXPECT_THAT(
      Warnings("definition team { relation member: team }\n"
               "definition doc {\n relation one: team\n"
               " /* why. spicedb-ignore-warning: arrow-references-relation,"
               " relation-name-references-parent */\n"
               " permission doc_view = one->member\n}"),
      IsEmpty());
}

TEST(LintTest, APartialWarnsOnce) {
  EXPECT_THAT(Warnings("use partial\npartial shared {\n"
                       " relation one: user\n permission view = one->nope\n}\n"
                       "definition user {}\n"
                       "definition aaa { ...shared }\n"
                       "definition bbb { ...shared }"),
              ElementsAre("4:20 arrow-references-unreachable-relation"));
}

TEST(LintTest, ATextThatDoesNotCompileIsAnError) {
  EXPECT_EQ(ReasonOf(LintSchema("definition").status()),
            ErrorReason::kSchemaParseError);
}

}  // namespace
}  // namespace kith::schema
