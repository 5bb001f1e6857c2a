#include "schema_text.h"

namespace kith::schema {
namespace {

using Kind = Expression::Kind;

// Every operation in parentheses, so that only the tree shows.
std::string Tree(const Expression& e) {
  switch (e.kind) {
    case Kind::kNil:
      return "nil";
    case Kind::kSelf:
      return "self";
    case Kind::kName:
      return e.name;
    case Kind::kArrow:
      return e.name + "->" + e.target;
    case Kind::kArrowAll:
      return e.name + "=>" + e.target;
    default:
      break;
  }
  const char* sign = e.kind == Kind::kUnion          ? " + "
                     : e.kind == Kind::kIntersection ? " & "
                                                     : " - ";
  std::string out = "(";
  for (size_t i = 0; i < e.operands.size(); ++i) {
    if (i > 0) out += sign;
    out += Tree(e.operands[i]);
  }
  return out + ")";
}

struct Compiled {
  std::string tree;
  std::string printed;
};
Compiled CompileExpression(std::string_view expression) {
  const auto schema = MustCompile(
      fmt::format("use self\ndefinition thing {{ relation aaa: thing relation "
                  "bbb: thing relation ccc: thing relation ddd: thing\n"
                  "permission result = {} }}",
                  expression));
  const Definition* thing = schema->FindDefinition("thing");
  if (thing == nullptr) return {};
  const std::string text = Print(*schema);
  const size_t begin = text.find("result = ") + 9;
  return {Tree(thing->permissions[0].expression),
          text.substr(begin, text.find('\n', begin) - begin)};
}

struct Case {
  std::string_view text;
  std::string_view tree;
  std::string_view printed;
};

TEST(ExpressionTest, PrecedenceAndMinimalParentheses) {
  const Case cases[] = {
      {"aaa", "aaa", "aaa"},
      {"((aaa))", "aaa", "aaa"},
      // The trap: union binds most tightly, exclusion least.
      {"aaa - bbb + ccc", "(aaa - (bbb + ccc))", "aaa - bbb + ccc"},
      {"(aaa - bbb) + ccc", "((aaa - bbb) + ccc)", "(aaa - bbb) + ccc"},
      {"aaa + bbb & ccc", "((aaa + bbb) & ccc)", "aaa + bbb & ccc"},
      {"aaa & bbb + ccc", "(aaa & (bbb + ccc))", "aaa & bbb + ccc"},
      {"aaa + (bbb & ccc)", "(aaa + (bbb & ccc))", "aaa + (bbb & ccc)"},
      {"aaa & bbb - ccc & ddd", "((aaa & bbb) - (ccc & ddd))",
       "aaa & bbb - ccc & ddd"},
      {"aaa & (bbb - ccc)", "(aaa & (bbb - ccc))", "aaa & (bbb - ccc)"},
      {"aaa - bbb - ccc", "((aaa - bbb) - ccc)", "aaa - bbb - ccc"},
      {"aaa - (bbb - ccc)", "(aaa - (bbb - ccc))", "aaa - (bbb - ccc)"},
      // Unions and intersections come out flat, exclusions do not.
      {"aaa + bbb + ccc", "(aaa + bbb + ccc)", "aaa + bbb + ccc"},
      {"aaa + (bbb + (ccc + ddd))", "(aaa + bbb + ccc + ddd)",
       "aaa + bbb + ccc + ddd"},
      {"(aaa & bbb) & (ccc & ddd)", "(aaa & bbb & ccc & ddd)",
       "aaa & bbb & ccc & ddd"},
      {"(aaa + bbb) & (ccc + ddd)", "((aaa + bbb) & (ccc + ddd))",
       "aaa + bbb & ccc + ddd"},
      {"aaa->bbb + ccc.any(ddd)", "(aaa->bbb + ccc->ddd)",
       "aaa->bbb + ccc->ddd"},
      {"aaa.all(bbb) & self - nil", "((aaa=>bbb & self) - nil)",
       "aaa.all(bbb) & self - nil"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const Compiled compiled = CompileExpression(c.text);
    EXPECT_EQ(compiled.tree, c.tree);
    EXPECT_EQ(compiled.printed, c.printed);
    EXPECT_EQ(CompileExpression(compiled.printed).tree, c.tree);
  }
}

TEST(ExpressionTest, RangesCoverTheOperands) {
  const auto schema = MustCompile(InDocument(
      "  relation aaa: team\n  permission view = aaa - (aaa->member + aaa)"));
  const Expression& e =
      schema->FindDefinition("document")->permissions[0].expression;
  EXPECT_EQ(e.range.begin.line, kBodyLine + 1);
  EXPECT_EQ(e.range.begin.column, 21u);
  const Expression& arrow = e.operands[1].operands[0];
  EXPECT_EQ(arrow.range.begin.column, 28u);
  EXPECT_EQ(arrow.range.end.column, 39u);
}

}  // namespace
}  // namespace kith::schema
