#include "schema/reflection.h"

#include <string>
#include <vector>

#include "unit/schema/schema_text.h"

namespace kith::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kText[] = R"(use expiration
// The people.
definition user {}
definition team {
  relation member: user | team#member
}
definition document {
  relation parent: folder
  // Who reads.
  relation viewer: user | user:* | team#member with office | user with expiration | user with office and expiration
  /* All of it. */
  permission view = (viewer) + parent->view
  permission edit = nil
}
definition folder {
  relation viewer: user
  permission view = viewer
}
// Nine to five.
caveat office(hour int, allowed list<string>) {
  hour >= 9 && "x" in allowed
}
caveat always(yes bool) { yes }
)";

// `definition#member ...` and `caveat ...` of what was selected, in order.
std::vector<std::string> Names(const SchemaReflection& reflection) {
  std::vector<std::string> names;
  for (const ReflectedDefinition& definition : reflection.definitions) {
    std::string text = definition.name + ":";
    for (const auto& relation : definition.relations) {
      EXPECT_EQ(relation.definition, definition.name);
      text += " " + relation.name;
    }
    for (const auto& permission : definition.permissions) {
      EXPECT_EQ(permission.definition, definition.name);
      text += " =" + permission.name;
    }
    names.push_back(text);
  }
  for (const ReflectedCaveat& caveat : reflection.caveats) {
    names.push_back("caveat " + caveat.name);
  }
  return names;
}

std::vector<std::string> Select(const std::vector<SchemaFilter>& filters) {
  const auto reflection = ReflectSchema(kText, filters);
  EXPECT_TRUE(reflection.ok()) << reflection.status();
  return reflection.ok() ? Names(*reflection) : std::vector<std::string>();
}

TEST(ReflectionTest, EverythingSortedByNameWithMembersAsWritten) {
  EXPECT_THAT(
      Select({}),
      ElementsAre("document: parent viewer =view =edit", "folder: viewer =view",
                  "team: member", "user:", "caveat always", "caveat office"));
}

TEST(ReflectionTest, PartsAreAsWritten) {
  const auto schema = MustCompile(kText);
  const auto reflection = Reflect(*schema, {});
  ASSERT_TRUE(reflection.ok());
  EXPECT_EQ(reflection->definitions[3].comment, "// The people.");
  const ReflectedDefinition& document = reflection->definitions[0];
  const ReflectedRelation& viewer = document.relations[1];
  EXPECT_EQ(viewer.comment, "// Who reads.");
  std::vector<std::string> subjects;
  for (const auto& subject : viewer.subjects) {
    subjects.push_back(subject.ToString());
  }
  EXPECT_THAT(subjects, ElementsAre("user", "user:*", "team#member with office",
                                    "user with expiration",
                                    "user with office and expiration"));
  EXPECT_EQ(document.permissions[0].expression, "viewer + parent->view");
  EXPECT_EQ(document.permissions[0].comment, "/* All of it. */");
  const ReflectedCaveat& office = reflection->caveats[1];
  EXPECT_EQ(office.comment, "// Nine to five.");
  EXPECT_EQ(office.expression, R"(hour >= 9 && "x" in allowed)");
  ASSERT_EQ(office.parameters.size(), 2u);
  EXPECT_EQ(office.parameters[0].name, "allowed");
  EXPECT_EQ(office.parameters[0].type, "list<string>");
  EXPECT_EQ(office.parameters[0].caveat, "office");
  EXPECT_EQ(office.parameters[1].name, "hour");
}

TEST(ReflectionTest, FiltersArePrefixes) {
  EXPECT_THAT(Select({{.definition = "doc"}}),
              ElementsAre("document: parent viewer =view =edit"));
  EXPECT_THAT(Select({{.definition = "cument"}}), IsEmpty());
  EXPECT_THAT(Select({{.caveat = "off"}}), ElementsAre("caveat office"));
  EXPECT_THAT(Select({{.definition = "doc", .relation = "vi"}}),
              ElementsAre("document: viewer"));
  EXPECT_THAT(Select({{.definition = "doc", .permission = "e"}}),
              ElementsAre("document: =edit"));
  EXPECT_THAT(Select({{.definition = "doc", .relation = "zzz"}}),
              ElementsAre("document:"));
}

TEST(ReflectionTest, SeveralFiltersAddUp) {
  EXPECT_THAT(Select({{.definition = "doc", .relation = "vi"},
                      {.definition = "doc", .permission = "ed"},
                      {.definition = "user"},
                      {.caveat = "al"}}),
              ElementsAre("document: viewer =edit", "user:", "caveat always"));
  EXPECT_EQ(Select({{}}), Select({}));
}

TEST(ReflectionTest, RefusesFiltersThatContradictThemselves) {
  const std::vector<SchemaFilter> filters = {
      {.definition = "doc", .caveat = "off"},
      {.relation = "viewer"},
      {.permission = "view"},
      {.definition = "doc", .relation = "viewer", .permission = "view"},
      {.caveat = "off", .relation = "viewer"},
  };
  for (const SchemaFilter& filter : filters) {
    const auto reflection = ReflectSchema(kText, {{}, filter});
    EXPECT_EQ(reflection.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(reflection.status()), ErrorReason::kInvalidFilter);
    EXPECT_THAT(Metadata(reflection.status(), "filter"),
                HasSubstr("_name_filter:\""));
  }
}

TEST(ReflectionTest, EmptySchemaHasNoParts) {
  const auto reflection = ReflectSchema("");
  ASSERT_TRUE(reflection.ok());
  EXPECT_THAT(Names(*reflection), IsEmpty());
}

}  // namespace
}  // namespace kith::schema
