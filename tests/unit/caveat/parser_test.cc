#include "caveat/syntax/parser.h"

#include <string>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/caveat/outcome.h"

namespace kith::caveat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string Nested(int depth) {
  return Repeat("(", depth) + "true" + Repeat(")", depth);
}

TEST(ParserTest, OperatorsBindAsTightlyAsTheyShould) {
  const struct {
    const char* expression;
    const char* outcome;
  } kCases[] = {
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"10 - 4 - 3", "3"},
      {"100 / 5 / 2", "10"},
      {"7 % 4 * 2", "6"},
      {"-2 + 5", "3"},
      {"4-3", "1"},
      {"- 3 - -4", "1"},
      {"1 + 1 == 2", "true"},
      {"1 < 2 == true", "true"},
      {"2 in [1, 1 + 1]", "true"},
      {"!false && false", "false"},
      {"!(false && false)", "true"},
      {"true || false && false", "true"},
      {"(true || false) && false", "false"},
      {"false && false || true", "true"},
      {"true ? 1 : false ? 2 : 3", "1"},
      {"false ? 1 : false ? 2 : 3", "3"},
      {"false || true ? 'a' : 'b'", "a"},
      {"-{'a': 5}.a", "-5"},
      {"![true][0]", "false"},
      {"[[1, 2], [3]][0][1]", "2"},
      {"{'a': {'b': [7]}}.a.b[0]", "7"},
      {"'ab'.size() + 1", "3"},
      {"[1, 2,]", "[1, 2]"},
      {"{1: 2,}", "{1: 2}"},
      {"1 // the rest\n + 2", "3"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Outcome(test.expression), test.outcome) << test.expression;
  }
}

TEST(ParserTest, NamesThePlaceOfAMistake) {
  const struct {
    const char* expression;
    const char* start;
  } kCases[] = {
      {"", "line 1, column 1: unexpected end"},
      {"1 +", "line 1, column 4: unexpected end"},
      {"(1", "line 1, column 3: unexpected end, expected \")\""},
      {"1 2", "line 1, column 3: unexpected \"2\", expected the end"},
      {"a &&\n  || b", "line 2, column 3: unexpected \"||\""},
      {"'\xc3\xa4' + ?", "line 1, column 7: unexpected \"?\""},
      {"1 = 2", "line 1, column 3: unexpected \"=\""},
      {"a & b", "line 1, column 3: unexpected \"&\""},
      {"'abc", "line 1, column 1: literal without its closing '"},
      {"'a\nb'", "line 1, column 1: literal without its closing '"},
      {"\"\"\"abc\"", "line 1, column 1: literal without its closing"},
      {"'\\", "line 1, column 1: literal without its closing '"},
      {"'a\\q'", "line 1, column 3: invalid escape"},
      {"'\\ud800'", "line 1, column 2: invalid escape"},
      {"b'\\u0041'", "line 1, column 3: invalid escape"},
      {"'\\x4'", "line 1, column 2: invalid escape"},
      {"9223372036854775808", "line 1, column 1: number"},
      {"18446744073709551616u", "line 1, column 1: number"},
      {"1e999", "line 1, column 1: number"},
      {"has(a)", "line 1, column 1: has() takes one field selection"},
      {"has(has(a.b))", "line 1, column 1: has() takes one field selection"},
      {"[1].all(1, true)", "line 1, column 9: the macro's variable"},
      {"[1].all(a.b, true)", "line 1, column 10: the macro's variable"},
      {"while", "line 1, column 1: \"while\" is a reserved word"},
      {"Msg{a: 1}", "line 1, column 1: \"Msg\": there are no messages"},
      {"a.?b", "line 1, column 3: unexpected \"?\""},
      {"f(1,)", "line 1, column 5: unexpected \")\""},
      {"{1}", "line 1, column 3: unexpected \"}\", expected \":\""},
      {"a.`\xc3\xa4`", "line 1, column 3: between backquotes"},
      {"#", "line 1, column 1: unexpected \"#\""},
      {"\x01", "line 1, column 1: unexpected byte 0x01"},
      {"\xff", "line 1, column 1: expression is not valid UTF-8"},
  };
  for (const auto& test : kCases) {
    EXPECT_THAT(Outcome(test.expression),
                StartsWith(std::string("invalid: ") + test.start))
        << test.expression;
  }
}

TEST(ParserTest, PositionIsInTheMetadata) {
  const auto status = Parse("true &&\n &&", Limits{}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const auto info = GetErrorInfo(status);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->reason, ErrorReason::kSchemaParseError);
  EXPECT_EQ(info->metadata.at("start_line_number"), "2");
  EXPECT_EQ(info->metadata.at("start_column_position"), "2");
}

TEST(ParserTest, NestingUpToTheLimitOnly) {
  // The outermost expression is the first level.
  EXPECT_EQ(Outcome(Nested(99)), "true");
  EXPECT_THAT(Outcome(Nested(100)), HasSubstr("nests deeper than 100"));
}

TEST(ParserTest, BombsOfNestingAreRefused) {
  for (const char* const opening :
       {"(", "!", "-", "[", "{1:", "f(", "a.f(", "true ? 1 : ", "x[",
        "[1].all(x, ", "has(", "- ", "-1-"}) {
    EXPECT_THAT(Outcome(Repeat(opening, 20'000)), StartsWith("invalid:"))
        << opening;
  }
  // Postfix and binary chains nest to the left without recursion.
  for (const char* const link : {".a", "[0]", " + 1", " * 1", ".f()"}) {
    EXPECT_THAT(Outcome("x" + Repeat(link, 15'000)),
                HasSubstr("nests deeper than 100"))
        << link;
  }
}

TEST(ParserTest, LongExpressionsAreRefusedUnread) {
  EXPECT_THAT(Outcome(Repeat("(", 100'001)),
              HasSubstr("is 100001 bytes, more than 100000"));
  EXPECT_EQ(Outcome("'" + std::string(99'990, 'x') + "' == ''"), "false");
}

TEST(ParserTest, PartsAreCounted) {
  EXPECT_EQ(Outcome("[" + Repeat("1,", 16'382) + "1].size()"),
            "invalid: line 1, column 32768: expression has more than 16384 "
            "parts");
  EXPECT_EQ(Outcome("[" + Repeat("1,", 16'381) + "1].size()"), "16382");
}

TEST(ParserTest, LongChainsOfLogicDoNotNest) {
  EXPECT_EQ(Outcome(Repeat("false || ", 5000) + "true"), "true");
  EXPECT_EQ(Outcome(Repeat("true && ", 5000) + "false"), "false");
}

TEST(ParserTest, LimitsAreOptions) {
  ExpressionOptions options;
  options.limits.depth_max = 3;
  EXPECT_EQ(Outcome("((true))", {}, options), "true");
  EXPECT_THAT(Outcome("(((true)))", {}, options), StartsWith("invalid:"));
  options.limits.expression_bytes_max = 4;
  EXPECT_EQ(Outcome("true", {}, options), "true");
  EXPECT_THAT(Outcome("false", {}, options), StartsWith("invalid:"));
}

}  // namespace
}  // namespace kith::caveat
