#include "schema_text.h"

namespace kith::schema {
namespace {

TEST(PartialTest, MembersArePlacedWhereTheyAreSpliced) {
  const auto schema = MustCompile(
      "use partial\n"
      "definition document {\n  relation first: user\n  ...shared\n"
      "  relation last: user\n}\n"
      "partial shared {\n  // who owns it\n  relation owner: user\n"
      "  ...deeper\n  permission own = owner\n}\n"
      "partial deeper { relation deep: user }\n"
      "definition user {}\ndefinition folder { ...shared }\n");
  const Definition* document = schema->FindDefinition("document");
  ASSERT_NE(document, nullptr);
  ASSERT_EQ(document->relations.size(), 4u);
  EXPECT_EQ(document->relations[0].name, "first");
  EXPECT_EQ(document->relations[1].name, "owner");
  EXPECT_EQ(document->relations[1].doc, "// who owns it");
  EXPECT_EQ(document->relations[2].name, "deep");
  EXPECT_EQ(document->relations[3].name, "last");
  EXPECT_TRUE(document->FindPermission("own") != nullptr);
  EXPECT_TRUE(schema->FindDefinition("folder")->Has("deep"));
  EXPECT_EQ(schema->FindDefinition("shared"), nullptr);
}

TEST(PartialTest, UnknownAndCircularOnesAreRefused) {
  const std::string use = "use partial\n";
  ExpectParseError(
      Compile(use + "partial shared {}\ndefinition user { ...sharde }")
          .status(),
      3, 22, "unknown partial \"sharde\"; hint: did you mean \"shared\"?");
  ExpectParseError(Compile(use + "partial one { ...one }").status(), 2, 18,
                   "partial \"one\" contains itself");
  ExpectParseError(
      Compile(use + "partial one { ...two }\npartial two { ...one }").status(),
      3, 18, "partial \"one\" contains itself");
  // Also when no definition uses them.
  ExpectParseError(Compile(use + "partial one { ...none }").status(), 2, 18,
                   "unknown partial \"none\"");
}

TEST(PartialTest, NamesStayUnique) {
  const std::string use = "use partial\n";
  ExpectParseError(Compile(use + "definition one {}\npartial one {}").status(),
                   3, 9, "duplicate name \"one\"");
  ExpectParseError(
      Compile(use + "partial one { relation own: user }\n"
                    "definition user {\n  relation own: user\n  ...one\n}")
          .status(),
      2, 24, "duplicate name \"own\"");
}

}  // namespace
}  // namespace kith::schema
