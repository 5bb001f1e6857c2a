#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "caveat/eval/budget.h"
#include "caveat/expression.h"
#include "caveat/functions/print.h"
#include "caveat/types/numbers.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

// Runs the cases of the CEL specification. Each case is an expression with
// variables and either the value it has, or that it fails.

namespace kith::caveat {
namespace {

using Json = nlohmann::json;

std::filesystem::path CasesFolder() {
  return std::filesystem::path(KITH_SOURCE_DIR) / "../shared/conformance/cel";
}

double DoubleOf(const std::string& text) { return ParseDouble(text).value(); }

CelValue ValueOf(const Json& json) {
  const std::string kind = json.begin().key();
  const Json& content = json.begin().value();
  if (kind == "bool") return CelValue::Bool(content.get<bool>());
  if (kind == "int") {
    return CelValue::Int(std::stoll(content.get<std::string>()));
  }
  if (kind == "uint") {
    return CelValue::Uint(std::stoull(content.get<std::string>()));
  }
  if (kind == "double") {
    return CelValue::Double(DoubleOf(content.get<std::string>()));
  }
  if (kind == "string") return CelValue::String(content.get<std::string>());
  if (kind == "bytes") {
    std::string bytes;
    EXPECT_TRUE(absl::Base64Unescape(content.get<std::string>(), &bytes));
    return CelValue::Bytes(bytes);
  }
  if (kind == "type") {
    return CelValue::TypeOf(FindTypeName(content.get<std::string>()).value());
  }
  if (kind == "list") {
    CelList elements;
    for (const Json& element : content) elements.push_back(ValueOf(element));
    return CelValue::List(elements);
  }
  if (kind == "map") {
    CelMap entries;
    for (const Json& entry : content) {
      entries.push_back({ValueOf(entry[0]), ValueOf(entry[1])});
    }
    return CelValue::Map(entries);
  }
  EXPECT_EQ(kind, "null");
  return CelValue();
}

bool Same(const CelValue& a, const CelValue& b);

bool SameMaps(const CelMap& a, const CelMap& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!Same(a[i].key, b[i].key) || !Same(a[i].value, b[i].value)) {
      return false;
    }
  }
  return true;
}

// Stricter than equality: of the same kind, and to the sign of zero.
bool Same(const CelValue& a, const CelValue& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is(Kind::kMap)) return SameMaps(a.AsMap(), b.AsMap());
  if (a.is(Kind::kList)) {
    if (a.AsList().size() != b.AsList().size()) return false;
    for (size_t i = 0; i < a.AsList().size(); ++i) {
      if (!Same(a.AsList()[i], b.AsList()[i])) return false;
    }
    return true;
  }
  if (a.is(Kind::kDouble)) {
    return a.AsDouble() == b.AsDouble() &&
           std::signbit(a.AsDouble()) == std::signbit(b.AsDouble());
  }
  const Limits limits;
  Budget budget(limits);
  std::string texts[2];
  return AppendText(a, budget, &texts[0]) && AppendText(b, budget, &texts[1]) &&
         texts[0] == texts[1];
}

std::string Show(const CelValue& value) {
  const Limits limits;
  Budget budget(limits);
  std::string text(DeclaredName(value.kind()));
  text += " ";
  AppendText(value, budget, &text);
  return text;
}

std::vector<VariableDecl> DeclaredIn(const Json& test) {
  std::vector<VariableDecl> variables;
  if (!test.contains("env")) return variables;
  for (const Json& declaration : test["env"]) {
    const auto type = ParseType(declaration[1].get<std::string>());
    EXPECT_TRUE(type) << declaration;
    variables.push_back({declaration[0], type.value_or(Type{})});
  }
  return variables;
}

// Empty when the outcome is the expected one, otherwise what was wrong.
std::string Judge(const Json& test, const absl::StatusOr<CelValue>& outcome) {
  if (test.contains("error")) {
    return outcome.ok() ? "expected an error, got " + Show(*outcome) : "";
  }
  if (!outcome.ok()) return std::string(outcome.status().message());
  const CelValue expected = ValueOf(test["value"]);
  if (Same(*outcome, expected)) return "";
  return "expected " + Show(expected) + ", got " + Show(*outcome);
}

std::string RunCase(const Json& test) {
  ExpressionOptions options;
  options.check_types = !test.value("disable_check", false);
  const auto compiled = Expression::Compile(test["expr"].get<std::string>(),
                                            DeclaredIn(test), options);
  if (!compiled.ok()) return Judge(test, compiled.status());
  if (test.contains("type")) {
    const auto type = ParseType(test["type"].get<std::string>());
    if (!type || !(*type == (*compiled)->type())) {
      return "type is " + (*compiled)->type().ToString();
    }
    if (test.value("check_only", false)) return "";
  }
  std::vector<CelValue> values;
  std::vector<const CelValue*> bound;
  const auto& variables = (*compiled)->variables();
  values.reserve(variables.size());
  for (const VariableDecl& variable : variables) {
    const bool given =
        test.contains("bindings") && test["bindings"].contains(variable.name);
    if (given) values.push_back(ValueOf(test["bindings"][variable.name]));
    bound.push_back(given ? &values.back() : nullptr);
  }
  return Judge(test, (*compiled)->Evaluate(bound));
}

class CelConformanceTest : public testing::TestWithParam<const char*> {};

TEST_P(CelConformanceTest, EveryCase) {
  const auto path = CasesFolder() / (std::string(GetParam()) + ".json");
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no conformance cases beside the source tree";
  }
  std::ifstream in(path);
  const Json tests = Json::parse(in);
  int passed = 0;
  for (const Json& test : tests) {
    const std::string name = std::string(GetParam()) + "/" +
                             test["section"].get<std::string>() + "/" +
                             test["name"].get<std::string>();
    const std::string mistake = RunCase(test);
    if (mistake.empty()) ++passed;
    EXPECT_EQ(mistake, "") << name << ": " << test["expr"];
  }
  std::printf("%s: %d of %zu cases pass\n", GetParam(), passed, tests.size());
  EXPECT_FALSE(tests.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Files, CelConformanceTest,
    testing::Values("basic", "comparisons", "conversions", "fields", "fp_math",
                    "integer_math", "lists", "logic", "macros", "math_ext",
                    "namespace", "network_ext", "parse", "plumbing", "string",
                    "string_ext", "timestamps", "type_deduction"),
    [](const auto& file) { return std::string(file.param); });

}  // namespace
}  // namespace kith::caveat
