#include "caveat/caveat.h"

#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kith::caveat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const CompiledCaveat> Compiled(
    const std::vector<Parameter>& parameters, std::string_view expression) {
  auto caveat = CompileCaveat("c", parameters, expression);
  EXPECT_TRUE(caveat.ok()) << caveat.status();
  return *caveat;
}

absl::StatusOr<Result> Evaluated(const CompiledCaveat& caveat,
                                 const Struct& stored, const Struct& request) {
  auto written = caveat.ConvertContext(stored);
  if (!written.ok()) return written.status();
  auto given = caveat.ConvertContext(request);
  if (!given.ok()) return given.status();
  return caveat.Evaluate(*written, *given);
}

TEST(CaveatTest, AnswersTrueFalseOrWhatIsMissing) {
  const auto caveat = Compiled({{"tier", "string"}, {"age", "int"}},
                               "tier == 'gold' && age >= 18");
  const auto truth = [&](const Struct& request) {
    return Evaluated(*caveat, {}, request).value();
  };
  EXPECT_EQ(truth({{"tier", {"gold"}}, {"age", {18.0}}}).truth, Truth::kTrue);
  EXPECT_EQ(truth({{"tier", {"gold"}}, {"age", {17.0}}}).truth, Truth::kFalse);
  EXPECT_EQ(truth({{"tier", {"none"}}}).truth, Truth::kFalse);
  EXPECT_EQ(truth({{"age", {3.0}}}).truth, Truth::kFalse);
  EXPECT_EQ(truth({{"age", {20.0}}}).truth, Truth::kUnknown);
  EXPECT_THAT(truth({{"age", {20.0}}}).missing, ElementsAre("tier"));
  EXPECT_THAT(truth({}).missing, ElementsAre("age", "tier"));
  EXPECT_TRUE(truth({{"tier", {"none"}}}).missing.empty());
}

TEST(CaveatTest, StoredContextWins) {
  const auto caveat = Compiled({{"a", "int"}, {"b", "int"}}, "a == b");
  EXPECT_EQ(Evaluated(*caveat, {{"a", {1.0}}}, {{"a", {2.0}}, {"b", {1.0}}})
                .value()
                .truth,
            Truth::kTrue);
  EXPECT_EQ(Evaluated(*caveat, {{"a", {1.0}}}, {{"a", {2.0}}, {"b", {2.0}}})
                .value()
                .truth,
            Truth::kFalse);
}

TEST(CaveatTest, UnusedAndMissingIsNoMatter) {
  const auto caveat = Compiled({{"a", "int"}, {"b", "int"}}, "a == 1");
  EXPECT_EQ(Evaluated(*caveat, {}, {{"a", {1.0}}}).value().truth, Truth::kTrue);
}

TEST(CaveatTest, ManyParameters) {
  std::vector<Parameter> parameters;
  std::string expression = "true";
  Struct context;
  for (int i = 0; i < 40; ++i) {
    parameters.push_back({"p" + std::to_string(i), "int"});
    expression += " && p" + std::to_string(i) + " == " + std::to_string(i);
    if (i != 33) context["p" + std::to_string(i)] = {double(i)};
  }
  const auto caveat = Compiled(parameters, expression);
  const Result result = Evaluated(*caveat, {}, context).value();
  EXPECT_EQ(result.truth, Truth::kUnknown);
  EXPECT_THAT(result.missing, ElementsAre("p33"));
}

TEST(CaveatTest, EvaluationErrorsAreTyped) {
  const auto caveat = Compiled({{"m", "map<any>"}}, "m.k == 1");
  const auto result = Evaluated(*caveat, {}, {{"m", {Struct{}}}});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  const auto info = GetErrorInfo(result.status());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->reason, ErrorReason::kCaveatEvaluationError);
  EXPECT_EQ(info->metadata.at("caveat_name"), "c");
  EXPECT_EQ(result.status().message(), "caveat \"c\": no such key: \"k\"");
}

TEST(CaveatTest, ADynamicResultThatIsNoBoolIsAnError) {
  const auto caveat = Compiled({{"x", "any"}}, "x");
  EXPECT_EQ(Evaluated(*caveat, {}, {{"x", {true}}}).value().truth,
            Truth::kTrue);
  EXPECT_EQ(Evaluated(*caveat, {}, {}).value().truth, Truth::kUnknown);
  const auto result = Evaluated(*caveat, {}, {{"x", {"yes"}}});
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("the result is string, not a bool"));
}

TEST(CaveatTest, RunningOutOfBudgetIsAnEvaluationError) {
  auto caveat = CompileCaveat("c", std::vector<Parameter>{{"l", "list<int>"}},
                              "l.all(x, true)", {.steps_max = 10});
  ASSERT_TRUE(caveat.ok());
  const Struct context = {{"l", {ValueList(20, Value{1.0})}}};
  const auto result = Evaluated(**caveat, {}, context);
  EXPECT_EQ(GetErrorInfo(result.status()).value().reason,
            ErrorReason::kCaveatEvaluationError);
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("more than 10 steps"));
}

struct CompileError {
  std::vector<Parameter> parameters;
  const char* expression;
  ErrorReason reason;
  const char* message;
};

TEST(CaveatTest, CompileErrorsNameTheCaveatAndThePlace) {
  const std::vector<CompileError> cases = {
      {{}, "1 +", ErrorReason::kSchemaParseError, "line 1, column 4"},
      {{},
       "1",
       ErrorReason::kSchemaTypeError,
       "expected bool, the expression is int"},
      {{}, "true &&\n x", ErrorReason::kSchemaTypeError, "line 2, column 2"},
      {{{"a", "int"}}, "a == 'x'", ErrorReason::kSchemaTypeError, "does not"},
  };
  for (const CompileError& test : cases) {
    const auto status =
        CompileCaveat("c", test.parameters, test.expression).status();
    const auto info = GetErrorInfo(status);
    ASSERT_TRUE(info) << test.expression;
    EXPECT_EQ(info->reason, test.reason);
    EXPECT_EQ(info->metadata.at("caveat_name"), "c");
    EXPECT_TRUE(info->metadata.contains("start_line_number"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.message));
    EXPECT_THAT(std::string(status.message()), HasSubstr("caveat \"c\""));
  }
}

TEST(CaveatTest, ParametersMustHaveTypesAndNamesOfTheirOwn) {
  for (const std::vector<Parameter>& parameters :
       {std::vector<Parameter>{{"a", "integer"}},
        {{"a", "int"}, {"a", "int"}},
        {{"a", "list"}},
        {{"a", "map<int, string>"}},
        {{"a", "dyn"}},
        {{"a", "int64"}},
        {{"a", "A"}},
        {{"a", "null"}},
        {{"a", "type"}},
        {{"a", "cidr"}},
        {{"a", "list<int"}},
        {{"a", ""}}}) {
    const auto status = CompileCaveat("c", parameters, "true").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition)
        << parameters[0].type;
    const auto info = GetErrorInfo(status);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->metadata.at("parameter_name"), "a");
  }
}

TEST(CaveatTest, ThreadsShareOneCaveat) {
  const auto caveat =
      Compiled({{"s", "string"}, {"n", "int"}},
               "s.matches('^[a-z]+$') && [1, 2, 3].exists(x, x == n)");
  const Context stored = caveat->ConvertContext({{"s", {"abc"}}}).value();
  std::vector<std::thread> threads;
  std::vector<int> mistakes(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const Context request =
          caveat->ConvertContext({{"n", {double(i)}}}).value();
      const Truth wanted = i == 0 ? Truth::kFalse : Truth::kTrue;
      for (int round = 0; round < 500; ++round) {
        const auto result = caveat->Evaluate(stored, request);
        if (!result.ok() || result->truth != wanted) ++mistakes[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(mistakes, ElementsAre(0, 0, 0, 0));
}

}  // namespace
}  // namespace kith::caveat
