#include <string>
#include <vector>

#include "schema_text.h"

namespace kith::schema {
namespace {

void ExpectAllAccepted(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const auto schema = Compile(text);
    EXPECT_TRUE(schema.ok()) << schema.status() << "\nin:\n" << text;
  }
}

TEST(GrammarTest, AcceptsDefinitions) {
  ExpectAllAccepted({
      "",
      " \n\t\r\n",
      "// only a comment",
      "/* only\na comment */",
      "\xEF\xBB\xBF"
      "definition user {}",
      "definition user {}",
      "definition user {};",
      ";;definition user {};;\n;",
      "definition user {} definition team {}",
      "definition user\n{\n}",
      "definition acme/user {}",
      "definition acme/sub_unit/user1 {}",
      "definition use {}",
      "definition self { relation self: self }",
      "definition any { relation all: any\npermission any = all.any(any) }",
      "definition expiration { relation and: expiration }",
      "definition partial { relation import: partial }",
      "use self use expiration definition user {}",
      "use self\nuse self\ndefinition user {}",
      "use typechecking\nuse import\nuse partial\ndefinition user {}",
      "use expiration\ndefinition user { relation pet: user with expiration }",
      "definition user { relation pet: user }",
      "definition user { relation pet: user; relation dog: user }",
      "definition user { relation pet: user relation dog: user permission "
      "own = pet permission all = dog + own }",
      "definition user {\r\n\trelation pet: user\r\n}\r\n",
      "definition user {\n  relation pet: user;\n;;\n  relation dog: user;\n}",
      "definition user {\n  relation pet:\n    user |\n    user:*\n}",
      "definition user { relation pet: user#... }",
      "definition user { relation pet: user | user#pet | user#owner\n"
      "permission owner = pet }",
      "definition user { relation pet: user:* }",
      "definition user {\n relation pet: user\n permission own = pet +\n "
      "pet\n}",
      "definition user {\n relation pet: user\n permission own = (\n pet\n + "
      "pet\n)\n}",
      "definition user {\n relation pet: user\n permission own =\n pet\n}",
      "definition user { relation pet: user permission own = nil }",
      "use self\ndefinition user { permission own = self }",
      "definition user { relation pet: user permission own = pet->own }",
      "definition user { relation pet: user permission own = pet.any(own) }",
      "definition user { relation pet: user permission own = pet.all(none) }",
      "definition user { relation pet: user permission own = pet->one + "
      "pet->two }",
      "definition user { relation pet: user permission own: user = pet }",
      "definition user { relation pet: user permission own: user | no_such = "
      "pet }",
      "definition user { relation /* in */ pet /* the */ : /* way */ user }",
      "definition user { // note\n}",
  });
}

TEST(GrammarTest, AcceptsCaveats) {
  ExpectAllAccepted({
      "caveat lonely(num int) { num == 1 }",
      "caveat acme/lonely(num int) { num == 1 }",
      "caveat Lonely(num int, str string)\n{ num == 1 && str == '}' }",
      "caveat braces(num int) { {'a': {'b': num}}.a.b == 1 }",
      "caveat strings(num int) { num == 1 && '\\'}' != \"\\\"}\" }",
      "caveat raw(num int) { num == 1 && r'\\' != 'a' }",
      "caveat triple(num int) { num == 1 && '''\n}'\"''' != \"\"\"}\n\"\"\" }",
      "caveat comment(num int) { num == 1 // } ' \"\n}",
      "caveat types(aaa any, bbb bool, ccc string, ddd int, eee uint, fff "
      "double, ggg bytes, hhh duration, iii timestamp, jjj ipaddress, kkk "
      "list<int>, lll map<list<any>>) { [aaa,bbb,ccc,ddd,eee,fff,ggg,hhh,iii,"
      "jjj,kkk,lll] == [] }",
      "use expiration\ncaveat expiry(expiration timestamp) { expiration > "
      "timestamp('2020-01-01T00:00:00Z') }",
  });
}

struct Reject {
  std::string text;
  uint32_t line;
  uint32_t column;
  std::string fragment;
};

void ExpectAllRejected(const std::vector<Reject>& cases) {
  for (const Reject& c : cases) {
    SCOPED_TRACE(c.text);
    ExpectParseError(Compile(c.text).status(), c.line, c.column, c.fragment);
  }
}

TEST(GrammarTest, RejectsAtTopLevel) {
  ExpectAllRejected({
      {"user", 1, 1, "unexpected \"user\": expected \"use\", \"definition\""},
      {"definiton user {}", 1, 1, "did you mean \"definition\"?"},
      {"relation pet: user", 1, 1, "a relation stands within a definition"},
      {"definition", 1, 11, "unexpected end of text: expected the name"},
      {"definition {}", 1, 12, "unexpected \"{\": expected the name of the"},
      {"definition user", 1, 16, "unexpected end of text: expected \"{\""},
      {"definition user }", 1, 17, "unexpected \"}\": expected \"{\""},
      {"definition user {", 1, 18,
       "end of text: expected \"relation\", \"permission\" or \"}\""},
      {"definition user {}}", 1, 19, "unexpected \"}\""},
      {"definition us {}", 1, 12, "invalid definition name \"us\""},
      {"definition User {}", 1, 12, "invalid definition name \"User\""},
      {"definition user_ {}", 1, 12, "invalid definition name \"user_\""},
      {"definition ab/user {}", 1, 12, "invalid definition name \"ab/user\""},
      {"definition acme/ user {}", 1, 12, "space within the name"},
      {"definition acme/ {}", 1, 18, "the next part of the name"},
      {"definition nil {}", 1, 12, "unexpected keyword \"nil\""},
      {"definition with {}", 1, 12, "unexpected keyword \"with\""},
      {"use self\ndefinition self {}", 2, 12, "unexpected keyword \"self\""},
      {"definition user {}\ndefinition user {}", 2, 12,
       "duplicate name \"user\""},
      {"definition user {}\ncaveat user(num int) { num == 1 }", 2, 8,
       "there is a definition of that name on line 1"},
      {"definition user {}\n  @deprecated", 2, 3, "unexpected character \"@\""},
      {"definition user {} \xC3\xA9", 1, 20, "unexpected character"},
      {"definition user { /* never", 1, 19, "comment without an end"},
      {"definition 'user' {}", 1, 12, "expected the name of the definition"},
      {"definition 'user", 1, 12, "string without an end"},
      {"use", 1, 4, "unexpected end of text: expected the name of a feature"},
      {"use selfish", 1, 5, "unknown feature \"selfish\""},
      {"use expirations", 1, 5, "did you mean \"expiration\"?"},
      {"definition user {}\nuse self", 2, 1,
       "\"use\" must come before the first definition"},
      {"partial base {}", 1, 1, "write \"use partial\" at the top"},
      {"import \"other.zed\"", 1, 1, "write \"use import\" at the top"},
      {"use import\nimport other", 2, 8, "the path of a file in quotes"},
      {"use import\nimport \"other.zed\"", 2, 8, "imports are not resolved"},
      {"\xff", 1, 1, "not UTF-8"},
  });
}

TEST(GrammarTest, RejectsInRelations) {
  ExpectAllRejected({
      {InDocument("  relations viewer: user"), 6, 3,
       "did you mean \"relation\"?"},
      {InDocument("  relation : user"), 6, 12, "the name of the relation"},
      {InDocument("  relation viewer"), 7, 1,
       "unexpected \"}\": expected \":\""},
      {InDocument("  relation viewer:"), 7, 1, "the type of a subject"},
      {InDocument("  relation viewer: user |"), 7, 1, "the type of a subject"},
      {InDocument("  relation vi: user"), 6, 12,
       "invalid relation name \"vi\": expected 3 to 64"},
      {InDocument("  relation Viewer: user"), 6, 12, "invalid relation name"},
      {InDocument("  relation _this: user"), 6, 12, "invalid relation name"},
      {InDocument("  relation acme/viewer: user"), 6, 16, "expected \":\""},
      {InDocument("  relation with: user"), 6, 12, "keyword \"with\""},
      {InDocument("  relation viewer: user\n  | team"), 7, 3,
       "goes on in the next line only after an operator"},
      {InDocument("  relation viewer: user team"), 6, 25,
       "unexpected \"team\": expected \"|\", \"with\" or the end of the line"},
      {InDocument("  relation viewer: user:"), 7, 1, "\"*\" after \":\""},
      {InDocument("  relation viewer: user:anne"), 6, 25, "\"*\" after \":\""},
      {InDocument("  relation viewer: user#"), 7, 1,
       "a relation or \"...\" after \"#\""},
      {InDocument("  relation viewer: team#member#x"), 6, 31,
       "unexpected \"#\""},
      {InDocument("  relation viewer: user with"), 7, 1, "expected a caveat"},
      {InDocument("  relation viewer: user\n  with other"), 7, 3,
       "goes on in the next line only after"},
      {InDocument("  relation viewer: user with other and expiration"), 6, 36,
       "write \"use expiration\""},
      {"use expiration\n" +
           InDocument("  relation viewer: user with expiration and other"),
       7, 41, "the caveat comes first"},
      {"use expiration\n" +
           InDocument("  relation viewer: user with one and other"),
       7, 38, "one caveat at most"},
      {"use expiration\n" + InDocument("  relation expiration: user"), 7, 12,
       "keyword \"expiration\""},
      {InDocument("  relation viewer: user\n  relation viewer: team"), 7, 12,
       "there is a relation of that name on line 6"},
      {InDocument("  relation viewer: user\n  permission viewer = nil"), 7, 14,
       "duplicate name \"viewer\""},
  });
}

TEST(GrammarTest, RejectsInPermissions) {
  ExpectAllRejected({
      {InDocument("  permission view"), 7, 1, "\"=\" and an expression"},
      {InDocument("  permission view ="), 7, 1,
       "a relation, a permission, \"nil\" or \"(\""},
      {InDocument("  permission vi = nil"), 6, 14, "invalid permission name"},
      {InDocument("  permission view: = nil"), 6, 20, "the name of a type"},
      {InDocument("  permission view: user nil"), 6, 25, "\"|\" or \"=\""},
      {InDocument("  permission view = aaa +"), 7, 1, "a relation, a"},
      {InDocument("  permission view = + aaa"), 6, 21, "unexpected \"+\""},
      {InDocument("  permission view = aaa\n  + bbb"), 7, 3,
       "goes on in the next line only after an operator"},
      {InDocument("  permission view = aaa bbb"), 6, 25,
       "an operator or the end of the line"},
      {InDocument("  permission view = (aaa"), 7, 1, "an operator or \")\""},
      {InDocument("  permission view = aaa)"), 6, 24, "unexpected \")\""},
      {InDocument("  permission view = ()"), 6, 22, "unexpected \")\""},
      {InDocument("  permission view = aaa | bbb"), 6, 25, "an operator"},
      {InDocument("  permission view = aaa->"), 7, 1, "after \"->\""},
      {InDocument("  permission view = aaa->nil"), 6, 26, "after \"->\""},
      {InDocument("  permission view = aaa->bbb->ccc"), 6, 29,
       "arrows cannot be chained"},
      {InDocument("  permission view = aaa.any(bbb).all(ccc)"), 6, 33,
       "arrows cannot be chained"},
      {InDocument("  permission view = (aaa + bbb)->ccc"), 6, 32,
       "the left side of an arrow is the name of a relation"},
      {InDocument("  permission view = nil->ccc"), 6, 24,
       "the left side of an arrow is the name of a relation"},
      {InDocument("  permission view = aaa.some(bbb)"), 6, 25,
       "\"any\" or \"all\" after \".\""},
      {InDocument("  permission view = aaa.any bbb"), 6, 29, "expected \"(\""},
      {InDocument("  permission view = aaa.any()"), 6, 29,
       "a relation or permission"},
      {InDocument("  permission view = aaa.any(bbb"), 7, 1, "expected \")\""},
      {InDocument("  permission view = aaa # bbb"), 6, 25, "unexpected \"#\""},
  });
}

TEST(GrammarTest, RejectsInCaveats) {
  ExpectAllRejected({
      {"caveat only", 1, 12, "\"(\" and the parameters"},
      {"caveat only(num int) { num == }", 1, 30, "caveat \"only\""},
      {"caveat only(num int) {\n  num +\n    missing > 1 }", 3, 5, "missing"},
      {"caveat only(num int) { num + 1 }", 1, 24, "expected bool"},
      {"caveat only() { true }", 1, 13, "the name of a parameter"},
      {"caveat only(num) { num }", 1, 16, "the type of the parameter"},
      {"caveat only(num int,) { num }", 1, 21, "the name of a parameter"},
      {"caveat only(num int num2 int) { num }", 1, 21, "\",\" or \")\""},
      {"caveat only(num integer) { num }", 1, 17,
       "unknown parameter type \"integer\""},
      {"caveat only(num strin) { num }", 1, 17, "did you mean \"string\"?"},
      {"caveat only(num list) { num }", 1, 21, "what the list holds"},
      {"caveat only(num list<int) { num }", 1, 25, "expected \">\""},
      {"caveat only(num int, num int) { num }", 1, 22, "duplicate parameter"},
      {"caveat only(null int) { null }", 1, 13, "reserved word"},
      {"caveat only(num int)", 1, 21, "\"{\" and the expression"},
      {"caveat only(num int) {}", 1, 23, "the expression of the caveat"},
      {"caveat only(num int) { num", 1, 22, "caveat without an end"},
      {"caveat only(num int) { '}", 1, 24, "string without an end"},
      {"caveat only(num int) { '''} }", 1, 24, "string without an end"},
      {"caveat only(num int) { /* } }", 1, 24, "comment without an end"},
      {"caveat relation(num int) { num }", 1, 8, "keyword \"relation\""},
      {"use expiration caveat expiration(num int) { num }", 1, 23,
       "keyword \"expiration\""},
  });
}

TEST(GrammarTest, ErrorsCarryTheSourceText) {
  const absl::Status status =
      Compile("definition user {\n  relaton pet: user\n}").status();
  EXPECT_EQ(Metadata(status, "source_code"), "relaton");
  EXPECT_EQ(Metadata(status, "end_line_number"), "2");
  EXPECT_EQ(Metadata(status, "end_column_position"), "10");
  EXPECT_EQ(status.message(),
            "line 2, column 3: unexpected \"relaton\": expected \"relation\", "
            "\"permission\" or \"}\"; hint: did you mean \"relation\"?");
}

TEST(GrammarTest, WordsOfFeaturesAreOrdinaryWithoutTheFeature) {
  const auto schema = MustCompile(
      "definition user { relation self: user\npermission own = self }");
  EXPECT_EQ(schema->FindDefinition("user")->permissions[0].expression.kind,
            Expression::Kind::kName);
  const auto with_self =
      MustCompile("use self\ndefinition user { permission own = self }");
  EXPECT_EQ(with_self->FindDefinition("user")->permissions[0].expression.kind,
            Expression::Kind::kSelf);
}

TEST(GrammarTest, CommentsBelongToWhatFollows) {
  const auto schema = MustCompile(
      "// file\n\n/* user\n   type */\ndefinition user {\n"
      "  // pets\n  // of all kinds\n  relation pet: user // trailing\n"
      "  /** owns */ permission own = pet\n  // last\n}\n"
      "// a caveat\ncaveat only(num int) { num == 1 }\n");
  const Definition& user = *schema->FindDefinition("user");
  EXPECT_EQ(user.doc, "// file\n\n/* user\n   type */");
  EXPECT_EQ(user.relations[0].doc, "// pets\n// of all kinds");
  EXPECT_EQ(user.permissions[0].doc, "/** owns */");
  EXPECT_EQ(schema->FindCaveat("only")->doc, "// a caveat");
  EXPECT_EQ(schema->FindCaveat("only")->expression, "num == 1");
}

TEST(GrammarTest, AllowedSubjectsKeepAllTheirParts) {
  const auto schema = MustCompile(
      "use expiration\ndefinition user { relation friend: user | user#friend "
      "with expiration\nrelation fan: user:* with expiration | user#... }");
  const Definition& user = *schema->FindDefinition("user");
  EXPECT_EQ(user.relations[0].allowed[0].ToString(), "user");
  EXPECT_EQ(user.relations[0].allowed[1].ToString(),
            "user#friend with expiration");
  EXPECT_EQ(user.relations[1].allowed[0].ToString(), "user:* with expiration");
  EXPECT_EQ(user.relations[1].allowed[1].ToString(), "user");
  AllowedSubject both;
  both.type = "user";
  both.caveat = "only";
  both.expiration = true;
  EXPECT_EQ(both.ToString(), "user with only and expiration");
}

}  // namespace
}  // namespace kith::schema
