#include "caveat/types/checker.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "caveat/expression.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kith::caveat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::vector<VariableDecl>& Variables() {
  static const auto* const variables = [] {
    auto* all = new std::vector<VariableDecl>;
    const std::pair<const char*, const char*> kDeclared[] = {
        {"b", "bool"},         {"i", "int"},
        {"u", "uint"},         {"d", "double"},
        {"s", "string"},       {"by", "bytes"},
        {"t", "timestamp"},    {"dur", "duration"},
        {"addr", "ipaddress"}, {"l", "list<int>"},
        {"m", "map<string>"},  {"x", "any"},
        {"la", "list<any>"},   {"mi", "map<int, bool>"}};
    for (const auto& [name, type] : kDeclared) {
      all->push_back({name, ParseType(type).value()});
    }
    return all;
  }();
  return *variables;
}

std::string TypeIn(std::string_view expression) {
  const auto compiled = Expression::Compile(expression, Variables());
  if (!compiled.ok()) return std::string(compiled.status().message());
  return (*compiled)->type().ToString();
}

TEST(CheckerTest, InfersTypes) {
  const struct {
    const char* expression;
    const char* type;
  } kCases[] = {
      {"1", "int"},
      {"1u", "uint"},
      {"1.0 + 2.0", "double"},
      {"'a' + s", "string"},
      {"b'a' + by", "bytes"},
      {"l + [1]", "list<int>"},
      {"l + [x]", "list<any>"},
      {"[]", "list<any>"},
      {"[] + [1]", "list<int>"},
      {"[1, 'a']", "list<any>"},
      {"[[], [1]]", "list<list<int>>"},
      {"[1, x]", "list<any>"},
      {"{}", "map<any, any>"},
      {"{'a': 1}", "map<string, int>"},
      {"{'a': 1, 2: 'b'}", "map<any, any>"},
      {"l[0]", "int"},
      {"m['k']", "string"},
      {"m.k", "string"},
      {"x.y.z", "any"},
      {"has(m.k)", "bool"},
      {"t + dur", "timestamp"},
      {"t - t", "duration"},
      {"t - dur", "timestamp"},
      {"x + 1", "int"},
      {"x + x", "any"},
      {"x == 1", "bool"},
      {"b ? i : x", "any"},
      {"b ? [] : l", "list<int>"},
      {"l.map(e, string(e))", "list<string>"},
      {"m.map(k, k + m[k])", "list<string>"},
      {"l.filter(e, e > 1)", "list<int>"},
      {"mi.filter(k, mi[k])", "list<int>"},
      {"x.map(e, e)", "list<any>"},
      {"l.exists_one(e, e == 1)", "bool"},
      {"size(l)", "int"},
      {"dyn(1)", "any"},
      {"type(i)", "type"},
      {"type(i) == int", "bool"},
      {"math.greatest(1, 2)", "int"},
      {"math.greatest(1, 2.0)", "any"},
      {"math.greatest(1, 2, 3)", "int"},
      {"addr.in_cidr('10.0.0.0/8')", "bool"},
      {"m.isSubtreeOf(m)", "bool"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(TypeIn(test.expression), test.type) << test.expression;
  }
}

TEST(CheckerTest, RefusesWhatHasNoType) {
  const struct {
    const char* expression;
    const char* message;
  } kCases[] = {
      {"nope", "line 1, column 1: \"nope\" is not declared"},
      {"b &&\n  nope", "line 2, column 3: \"nope\" is not declared"},
      {"i + d", "line 1, column 3: \"+\" does not take (int, double)"},
      {"i == s", "line 1, column 3: \"==\" does not take (int, string)"},
      {"s < 1", "line 1, column 3: \"<\" does not take (string, int)"},
      {"l < l", "line 1, column 3: \"<\" does not take"},
      {"-s", "line 1, column 1: \"-x\" does not take (string)"},
      {"!i", "line 1, column 1: \"!\" does not take (int)"},
      {"b && i", "line 1, column 6: expected bool, found int"},
      {"i ? 1 : 2", "line 1, column 1: expected bool, found int"},
      {"b ? 1 : 'a'", "line 1, column 3: the branches of ?: are int and"},
      {"[1] + ['a']", "line 1, column 5: \"+\" does not take"},
      {"'a' in l", "line 1, column 5: \"in\" does not take"},
      {"m[1]", "line 1, column 2: \"[]\" does not take"},
      {"mi.k", "line 1, column 3: the keys of map<int, bool> are no"},
      {"i.k", "line 1, column 2: \"k\" is selected from int"},
      {"{1.5: 1}", "line 1, column 2: double cannot be a key"},
      {"i.all(e, true)", "line 1, column 2: a macro goes over"},
      {"l.all(e, e)", "line 1, column 10: expected bool, found int"},
      {"l.all(e, true) && e", "line 1, column 19: \"e\" is not declared"},
      {"f(1)", "line 1, column 1: there is no function \"f\""},
      {"s.f()", "line 1, column 2: there is no function \"f\" of a value"},
      {"size(l, l)", "line 1, column 1: \"size\" does not take 2 arguments"},
      {"s.startsWith()",
       "line 1, column 2: \"startsWith\" does not take 0 arguments"},
      {"s.matches('(')", "line 1, column 2: bad pattern: missing )"},
      {"addr.in_cidr('10.0.0.0/33')", "line 1, column 5: \"10.0.0.0/33\""},
      {"addr.in_cidr(1)", "line 1, column 5: \"in_cidr\" does not take"},
      {"s.in_cidr('10.0.0.0/8')", "line 1, column 2: \"in_cidr\" does not"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(TypeIn(test.expression), StartsWith(test.message))
        << test.expression;
  }
}

TEST(CheckerTest, ErrorsAreTypeErrors) {
  const auto status = Expression::Compile("b &&\n 1", Variables()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  const auto info = GetErrorInfo(status);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->reason, ErrorReason::kSchemaTypeError);
  EXPECT_EQ(info->metadata.at("start_line_number"), "2");
  EXPECT_EQ(info->metadata.at("start_column_position"), "2");
}

TEST(CheckerTest, MacroVariablesHideOthers) {
  EXPECT_EQ(TypeIn("l.map(s, s)"), "list<int>");
  EXPECT_EQ(TypeIn("['a'].map(l, l)"), "list<string>");
  EXPECT_EQ(TypeIn("l.map(s, .s)"), "list<string>");
  EXPECT_EQ(TypeIn("l.map(e, ['a'].map(e, e))"), "list<list<string>>");
}

// Each step would double the type if a variable stood in it twice.
TEST(CheckerTest, TypesDoNotGrowExponentially) {
  std::string open;
  std::string close;
  for (int i = 0; i < 45; ++i) {
    const std::string name = "v" + std::to_string(i);
    open += "[].exists(" + name + ", ";
    if (i > 0) {
      const std::string last = "v" + std::to_string(i - 1);
      open += "{" + last + ": " + last + "} == " + name + " && ";
    }
    close += ")";
  }
  EXPECT_EQ(TypeIn(open + "true" + close),
            "line 1, column 62: map cannot be a key of a map");
}

// Each could take a megabyte; those after the first are compiled as they run.
TEST(CheckerTest, OnlySoManyPatternsAreCompiledAhead) {
  std::string expression = "b";
  for (int i = 0; i < 63; ++i) expression += " || s.matches('a')";
  EXPECT_THAT(TypeIn(expression + " || s.matches('(')"),
              HasSubstr("bad pattern"));
  EXPECT_EQ(TypeIn(expression + " || s.matches('a') || s.matches('(')"),
            "bool");
}

TEST(CheckerTest, ATypeThatHoldsItselfIsRefused) {
  EXPECT_THAT(TypeIn("[].map(v, [v] == v)"), StartsWith("line 1, column"));
}

}  // namespace
}  // namespace kith::caveat
