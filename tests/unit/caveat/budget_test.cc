#include "caveat/eval/budget.h"

#include <string>
#include <vector>

#include "caveat/expression.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/caveat/outcome.h"

namespace kith::caveat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr char kTooManySteps[] =
    "error: evaluation takes more than 100000 steps";
constexpr char kTooManyBytes[] =
    "error: evaluation makes more than 1048576 bytes of values";

std::string Numbers(int count) {
  std::string list = "[";
  for (int i = 0; i < count; ++i) list += std::to_string(i) + ",";
  return list + "]";
}

// `depth` macros inside each other over ten numbers.
std::string NestedMacros(const std::string& macro, int depth,
                         const std::string& inner) {
  std::string text = inner;
  for (int i = 0; i < depth; ++i) {
    text = "l." + macro + "(v" + std::to_string(i) + ", " + text + ")";
  }
  return text;
}

std::vector<Given> TenNumbers() {
  CelList ten;
  for (int i = 0; i < 10; ++i) ten.push_back(CelValue::Int(i));
  return {{"l", "list<int>", CelValue::List(ten)}};
}

TEST(BudgetTest, NestedMacrosRunOutOfSteps) {
  EXPECT_EQ(Outcome(NestedMacros("all", 3, "true"), TenNumbers()), "true");
  EXPECT_EQ(Outcome(NestedMacros("all", 30, "true"), TenNumbers()),
            kTooManySteps);
  EXPECT_EQ(Outcome(NestedMacros("exists", 30, "false"), TenNumbers()),
            kTooManySteps);
  EXPECT_EQ(Outcome(NestedMacros("exists_one", 30, "false"), TenNumbers()),
            kTooManySteps);
}

TEST(BudgetTest, RunningOutIsNeverAValue) {
  const std::string bomb = NestedMacros("all", 30, "true");
  for (const std::string& expression :
       {bomb + " || true", "true && " + bomb + " && false",
        "!(" + bomb + ") || l.exists(e, true)",
        "(" + bomb + " ? 1 : 2) == 3 || true"}) {
    EXPECT_EQ(Outcome(expression, TenNumbers()), kTooManySteps) << expression;
  }
}

TEST(BudgetTest, DoublingStringsRunsOutOfBytes) {
  std::string expression = "'0123456789'";
  for (int i = 0; i < 30; ++i) {
    expression = "[" + expression + "].map(s, s + s)[0]";
  }
  EXPECT_EQ(Outcome(expression), kTooManyBytes);
}

TEST(BudgetTest, WhatMakesLongStringsPaysFirst) {
  const std::string long_text(90'000, 'a');
  const std::vector<Given> given = {
      {"s", "string", CelValue::String(long_text)}};
  for (const char* const expression :
       {"s.replace('', s)", "s.replace('a', s)", "s.split('')",
        "s.split('').join(s)",
        "'%s%s%s%s%s%s%s%s%s%s%s%s'.format([s,s,s,s,s,"
        "s,s,s,s,s,s,s])",
        "(s + s + s + s).size() + (s + s + s).size() + (s + s).size()"}) {
    EXPECT_EQ(Outcome(expression, given), kTooManyBytes) << expression;
  }
  EXPECT_THAT(Outcome("'%.1001f'.format([1.0])"), StartsWith("error: bad"));
}

TEST(BudgetTest, SharedListsAreNotWalkedExponentially) {
  std::string pair = "[0]";
  for (int i = 0; i < 30; ++i) pair = "[" + pair + "].map(x, [x, x])[0]";
  EXPECT_EQ(Outcome(pair + " == " + pair), kTooManySteps);
  EXPECT_EQ(Outcome(pair + " in [" + pair + "]"), kTooManySteps);
  EXPECT_THAT(Outcome("'%s'.format([" + pair + "])"),
              StartsWith("error: evaluation"));
  std::string map = "{'k': 1}";
  for (int i = 0; i < 30; ++i) {
    map = "[" + map + "].map(x, {'l': x, 'r': x})[0]";
  }
  EXPECT_EQ(Outcome(map + ".isSubtreeOf(" + map + ")"), kTooManySteps);
}

TEST(BudgetTest, SearchingLongTextsTakesSteps) {
  const std::vector<Given> given = {
      {"s", "string", CelValue::String(std::string(500'000, 'a'))},
      {"p", "string", CelValue::String(std::string(250'000, 'a') + "b")}};
  for (const char* const expression :
       {"s.contains(p)", "s.indexOf(p) == 0", "s.lastIndexOf(p) == 0",
        "s.replace(p, '') == ''", "s.split(p) == []"}) {
    EXPECT_EQ(Outcome(expression, given), kTooManySteps) << expression;
  }
  EXPECT_EQ(Outcome(Numbers(100) + ".all(e, size(s) > e)", given),
            kTooManySteps);
}

TEST(BudgetTest, RegularExpressionsAreBounded) {
  const std::vector<Given> given = {
      {"s", "string", CelValue::String(std::string(4000, 'a') + "!")},
      {"p", "string", CelValue::String("(x{30}){30}")},
      {"big", "string", CelValue::String(std::string(200'000, 'a'))}};
  EXPECT_EQ(Outcome("s.matches('^(a+)+$')", given), "false");
  EXPECT_EQ(Outcome("s.matches('(a|aa)+$')", given), "false");
  EXPECT_THAT(Outcome("s.matches('a{1001}')", given),
              HasSubstr("bad pattern: invalid repetition"));
  EXPECT_THAT(Outcome("s.matches('((a{100}){100}){100}')", given),
              HasSubstr("bad pattern"));
  EXPECT_THAT(Outcome("s.matches('((a{0,10}){0,10}){0,10}b')", given),
              StartsWith("error: evaluation takes"));
  EXPECT_THAT(Outcome(Numbers(500) + ".all(e, 'y'.matches(p) || true)", given),
              StartsWith("error: evaluation takes"));
  EXPECT_EQ(Outcome("big.matches('(a+)+$')", given), kTooManySteps);
}

TEST(BudgetTest, SlowCallsTakeMoreSteps) {
  const std::vector<Given> given = {
      {"digits", "string", CelValue::String(std::string(90'000, '1'))},
      {"p", "string", CelValue::String("\\pL{900}")},
      {"t", "timestamp", CelValue::Timestamp({})}};
  const std::string hundreds = Numbers(1200);
  for (const char* const call :
       {"double(digits) > 1.0 || true", "'x'.matches(p) || true",
        "duration(digits) == duration('1s') || true",
        "t.getHours('X' + string(e)) == 0 || true",
        "'%.1000f'.format([1.0]) != ''"}) {
    EXPECT_THAT(Outcome(hundreds + ".all(e, " + call + ")", given),
                StartsWith("error: evaluation"))
        << call;
  }
}

TEST(BudgetTest, LimitsAreOptions) {
  ExpressionOptions options;
  options.limits.steps_max = 3;
  EXPECT_EQ(Outcome("1 + 2", {}, options), "3");
  EXPECT_THAT(Outcome("1 + 2 + 3", {}, options),
              StartsWith("error: evaluation takes more than 3 steps"));
  options = {};
  options.limits.bytes_max = 4;
  EXPECT_EQ(Outcome("'ab' + 'cd'", {}, options), "abcd");
  EXPECT_THAT(Outcome("'ab' + 'cde'", {}, options),
              StartsWith("error: evaluation makes more than 4 bytes"));
}

TEST(BudgetTest, ExhaustionHasItsOwnCode) {
  const auto compiled =
      Expression::Compile("1 + 1", {}, {.limits = {.steps_max = 2}});
  ASSERT_TRUE(compiled.ok());
  EXPECT_EQ((*compiled)->Evaluate({}).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace kith::caveat
