#include "schema_text.h"

namespace kith::schema {
namespace {

TEST(PrinterTest, CanonicalText) {
  const auto schema = MustCompile(
      "use self;use expiration\n"
      "// who\ndefinition user {permission own=self}// trailing\n"
      "caveat second(num int){num==1}\n"
      "definition acme/doc {permission view=viewer+(owner&viewer)\n"
      "/* owns\n   it */relation owner:user|user:*  with expiration;"
      "relation viewer:user#...\n"
      "  // at the end\n}\n"
      "   // doc\n   caveat first(a_list list< map<any> >, num uint) {\n"
      "     a_list == [] ||\n       num == 1\n   }");
  const std::string expected =
      "use expiration\nuse self\n\n"
      "// doc\n"
      "caveat first(a_list list<map<any>>, num uint) {\n"
      "\ta_list == [] ||\n       num == 1\n}\n\n"
      "caveat second(num int) {\n\tnum==1\n}\n\n"
      "definition acme/doc {\n"
      "\t/* owns\n\t   it */\n"
      "\trelation owner: user | user:* with expiration\n"
      "\trelation viewer: user\n\n"
      "\tpermission view = viewer + (owner & viewer)\n"
      "}\n\n"
      "// who\n"
      "definition user {\n\tpermission own = self\n}\n";
  EXPECT_EQ(Print(*schema), expected);
  EXPECT_EQ(Print(*MustCompile(expected)), expected);
  EXPECT_EQ(Print(*MustCompile("")), "");
}

TEST(PrinterTest, FlagsThatAProgramForgotAreAdded) {
  Definition user;
  user.name = "user";
  user.relations.push_back(
      {"pet", "", {{"user", "", false, "", true, {}}}, {}});
  Permission own;
  own.name = "own";
  own.expression.kind = Expression::Kind::kSelf;
  user.permissions.push_back(own);
  const Schema schema({}, {user}, {});
  EXPECT_EQ(Print(schema),
            "use expiration\nuse self\n\ndefinition user {\n"
            "\trelation pet: user with expiration\n\n"
            "\tpermission own = self\n}\n");
  EXPECT_EQ(Print(*MustCompile(Print(schema))), Print(schema));
}

TEST(FormatterTest, KeepsOrderPartialsAndComments) {
  const std::string text =
      "\n// licence\n\nuse partial // why\nuse self\n"
      "definition user {} // people\n"
      "partial shared { // opening\n"
      "     // owns\n     relation owner :user // one\n\n\n"
      "  permission own = owner +\n     // in the way\n     owner\n"
      "  // closing\n}\n"
      "definition document { ...shared;   relation viewer: user }\n"
      "caveat only(num int){ num == 1 }\n\n\n// the end\n";
  const std::string expected =
      "// licence\nuse partial // why\nuse self\n\n"
      "definition user {} // people\n\n"
      "partial shared { // opening\n"
      "\t// owns\n\trelation owner: user // one\n\n"
      "\t// in the way\n\tpermission own = owner + owner\n"
      "\t// closing\n}\n\n"
      "definition document {\n\t...shared\n\trelation viewer: user\n}\n\n"
      "caveat only(num int) {\n\tnum == 1\n}\n\n// the end\n";
  const auto formatted = Format(text);
  ASSERT_TRUE(formatted.ok()) << formatted.status();
  EXPECT_EQ(*formatted, expected);
  EXPECT_EQ(Format(expected).value(), expected);
}

TEST(FormatterTest, NeedsNoTypesButAGrammar) {
  EXPECT_EQ(Format("definition doc {relation pet: nobody}").value(),
            "definition doc {\n\trelation pet: nobody\n}\n");
  EXPECT_EQ(Format("use import\nimport 'a/b.zed'").value(),
            "use import\n\nimport 'a/b.zed'\n");
  EXPECT_EQ(Format("").value(), "");
  ExpectParseError(Format("definition doc {relation pet}").status(), 1, 29,
                   "expected \":\"");
}

}  // namespace
}  // namespace kith::schema
