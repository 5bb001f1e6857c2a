#include <vector>

#include "caveat/caveat.h"
#include "schema_text.h"

namespace kith::schema {
namespace {

struct Case {
  std::string text;
  uint32_t line;
  uint32_t column;
  std::string fragment;
};

void ExpectAllIllTyped(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    ExpectTypeError(Compile(c.text).status(), c.line, c.column, c.fragment);
  }
}

TEST(TypeCheckTest, RelationsNameSubjectsThatExist) {
  ExpectAllIllTyped({
      {InDocument("  relation viewer: usr"), 6, 20,
       "unknown definition \"usr\": expected the type of a subject; hint: did "
       "you mean \"user\"?"},
      {InDocument("  relation viewer: nothing_like_it"), 6, 20,
       "unknown definition \"nothing_like_it\""},
      {InDocument("  relation viewer: user | team#membre"), 6, 27,
       "unknown relation or permission \"membre\" of definition \"team\"; "
       "hint: did you mean \"member\"?"},
      {InDocument("  relation viewer: user with never"), 6, 20,
       "unknown caveat \"never\""},
      {InDocument("  relation viewer: user with expiration"), 6, 20,
       "unknown caveat \"expiration\"; hint: write \"use expiration\""},
  });
  MustCompile(
      InDocument("relation viewer: team#member | document#view\n"
                 "permission view = viewer"));
}

TEST(TypeCheckTest, AllowedSubjectsAreListedOnce) {
  ExpectAllIllTyped({
      {InDocument("  relation viewer: user | team | user"), 6, 34,
       "duplicate allowed subject \"user\""},
      {InDocument("  relation viewer: user | user#..."), 6, 27,
       "duplicate allowed subject \"user\""},
      {InDocument("  relation viewer: user:* | user:*"), 6, 29,
       "duplicate allowed subject \"user:*\""},
      {InDocument("  relation viewer: team#member | team#member"), 6, 34,
       "duplicate allowed subject \"team#member\""},
  });
  MustCompile("use expiration\n" +
              InDocument("relation viewer: user | user:* | user with "
                         "expiration | user:* with expiration | team | "
                         "team#member"));
}

TEST(TypeCheckTest, WildcardsDoNotSpread) {
  ExpectAllIllTyped({
      {InDocument("  relation viewer: user:*\n"
                  "  relation reader: document#viewer"),
       7, 20, "\"document#viewer\" cannot be a subject: it allows a wildcard"},
      // Two steps away: refused at the first.
      {InDocument("  relation one: user | user:*\n"
                  "  relation two: document#one\n"
                  "  relation three: document#two"),
       7, 17, "it allows a wildcard"},
      {InDocument("  relation parent: document:*\n"
                  "  permission view = parent->view"),
       7, 21, "relation \"parent\" allows a wildcard"},
      {InDocument("  relation parent: document | document:*\n"
                  "  permission view = parent.all(view)"),
       7, 21, "relation \"parent\" allows a wildcard"},
  });
  // Through a permission a wildcard may be a subject.
  MustCompile(
      InDocument("relation viewer: user:*\npermission view = viewer\n"
                 "relation reader: document#view"));
}

TEST(TypeCheckTest, ExpressionsNameWhatExists) {
  ExpectAllIllTyped({
      {InDocument("  relation viewer: user\n"
                  "  permission view = viewers"),
       7, 21,
       "unknown relation or permission \"viewers\" of definition "
       "\"document\"; hint: did you mean \"viewer\"?"},
      {InDocument("  permission view = nil + (nil & (nil - other))"), 6, 41,
       "unknown relation or permission \"other\""},
      {InDocument("  permission view = self"), 6, 21,
       "write \"use self\" at the top"},
      {InDocument("  permission view = parent->view"), 6, 21,
       "unknown relation \"parent\""},
      {InDocument("  permission view = nil\n  permission all = view->view"), 7,
       20, "\"view\" is a permission: expected a relation on the left side"},
      {InDocument("  permission view = nil\n  permission all = view.all(view)"),
       7, 20, "\"view\" is a permission"},
  });
  // The right side may be missing on every type that the left leads to.
  MustCompile(
      InDocument("relation parent: team\n"
                 "permission view = parent->nowhere"));
}

TEST(TypeCheckTest, MetadataLocatesTheMistake) {
  absl::Status status = Compile(InDocument("  relation viewer: usr")).status();
  EXPECT_EQ(Metadata(status, "definition_name"), "document");
  EXPECT_EQ(Metadata(status, "relation_name"), "viewer");
  EXPECT_EQ(Metadata(status, "source_code"), "usr");
  status = Compile(InDocument("  permission view = other")).status();
  EXPECT_EQ(Metadata(status, "definition_name"), "document");
  EXPECT_EQ(Metadata(status, "permission_name"), "view");
  EXPECT_EQ(Metadata(status, "relation_name"), "other");
  status = Compile("caveat only(num int, other int) { num == 1 }").status();
  EXPECT_EQ(Metadata(status, "caveat_name"), "only");
  EXPECT_EQ(Metadata(status, "parameter_name"), "other");
}

TEST(TypeCheckTest, PureAliasCyclesAreRefused) {
  ExpectAllIllTyped({
      {InDocument("  permission one = one"), 6, 14,
       "only other names of each other: one"},
      {InDocument("  permission one = two\n  permission two = one"), 6, 14,
       "only other names of each other: one, two"},
      // The way into the cycle is no part of it.
      {InDocument("  permission way = one\n  permission one = two\n"
                  "  permission two = three\n  permission three = one"),
       7, 14, "only other names of each other: one, two, three"},
  });
  MustCompile(
      InDocument("relation viewer: user\n"
                 "permission one = viewer + one\n"
                 "permission two = one\npermission three = two"));
}

TEST(TypeCheckTest, CaveatParametersAreUsed) {
  ExpectAllIllTyped({
      {"caveat only(num int, other int) { num == 1 }", 1, 8,
       "parameter \"other\" of caveat \"only\" is not used"},
      {"caveat only(num int, other int) { num == 1 && 'other' != '' }", 1, 8,
       "parameter \"other\""},
      {"caveat only(num int, other int) { num == 1 // other\n}", 1, 8,
       "parameter \"other\""},
      {"caveat only(num int, other int) { num == 1 && 'other' != '' }", 1, 8,
       "parameter \"other\""},
  });
  MustCompile("caveat only(num int, other map<any>) { other.x[num]==r'\\' }");
}

TEST(TypeCheckTest, CaveatsArriveCompiled) {
  const auto schema = Compile("caveat only(num int) { num == 1 }\n" +
                              InDocument("  relation viewer: user with only"));
  ASSERT_TRUE(schema.ok()) << schema.status();
  const Caveat* caveat = (*schema)->FindCaveat("only");
  ASSERT_NE(caveat, nullptr);
  ASSERT_NE(caveat->compiled, nullptr);
  EXPECT_EQ(caveat->compiled->name(), "only");
}

TEST(TypeCheckTest, AnnotationsAreEnforcedOnRequestOnly) {
  const std::string incomplete = InDocument(
      "  relation viewer: user | team#member\n  relation parent: document\n"
      "  relation robot: team\n"
      "  permission view: user = viewer + robot");
  MustCompile(incomplete);
  const absl::Status status =
      Compile("use typechecking\n" + incomplete).status();
  ExpectTypeError(status, 10, 14,
                  "incomplete annotation of permission \"view\": expected "
                  "\"team\" too");
  EXPECT_EQ(Metadata(status, "permission_name"), "view");
}

TEST(TypeCheckTest, AnnotationsFollowEveryWay) {
  const auto check = [](std::string_view permission) {
    return Compile(
               "use typechecking\nuse self\n" +
               InDocument(fmt::format(
                   "  relation viewer: user\n  relation group: team#member\n"
                   "  relation robot: team\n  relation parent: document\n"
                   "  permission top = parent->top + parent->robots + viewer\n"
                   "  permission robots = robot\n  {}",
                   permission)))
        .status();
  };
  EXPECT_TRUE(check("").ok()) << check("");
  EXPECT_TRUE(check("permission view: user = viewer + group").ok());
  EXPECT_TRUE(check("permission view: user | team = top").ok());
  EXPECT_TRUE(check("permission view: user = viewer - robot").ok());
  EXPECT_TRUE(check("permission view: user = viewer + parent->nowhere").ok());
  EXPECT_TRUE(check("permission view: document = self").ok());
  ExpectTypeError(check("permission view: user = top"), 14, 14, "\"team\" too");
  ExpectTypeError(check("permission view: user = viewer & robot"), 14, 14,
                  "\"team\" too");
  ExpectTypeError(check("permission view: user = self"), 14, 14,
                  "\"document\" too");
  ExpectTypeError(check("permission view: usr = viewer"), 14, 14,
                  "unknown definition \"usr\" in the annotation");
}

}  // namespace
}  // namespace kith::schema
