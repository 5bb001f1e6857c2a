#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "caveat/caveat.h"
#include "caveat/functions/print.h"
#include "caveat/parameter_type.h"
#include "gtest/gtest.h"

namespace kith::caveat {
namespace {

// `kind text` of what the value converts to, or `error: message`.
std::string Converted(const char* type, const Value& value) {
  const auto parameter = ParameterType::Parse(type);
  EXPECT_TRUE(parameter) << type;
  const auto converted = parameter->Convert(value);
  if (!converted.ok()) {
    return "error: " + std::string(converted.status().message());
  }
  const Limits limits;
  Budget budget(limits);
  std::string text(DeclaredName(converted->kind()));
  text += " ";
  EXPECT_TRUE(AppendText(*converted, budget, &text));
  return text;
}

Value List(std::vector<Value> elements) { return {ValueList(elements)}; }

struct Case {
  const char* type;
  Value value;
  const char* converted;
};

TEST(ContextTest, ConvertsJsonToTheTypesOfParameters) {
  const Case kCases[] = {
      {"bool", {true}, "bool true"},
      {"bool", {"true"}, "error: expected bool, found a string"},
      {"bool", {1.0}, "error: expected bool, found a number"},
      {"string", {"x"}, "string x"},
      {"string", {1.0}, "error: expected string, found a number"},
      {"string", {"\xff"}, "error: a string is not valid UTF-8"},
      {"int", {3.0}, "int 3"},
      {"int", {-3.0}, "int -3"},
      {"int", {3.5}, "error: 3.5 is not a whole number"},
      {"int", {1e19}, "error: 1e+19 is out of the range of 64 bits"},
      {"int", {-0x1p63}, "int -9223372036854775808"},
      {"int",
       {0x1p63},
       "error: 9.223372036854776e+18 is out of the range of 64 bits"},
      {"int",
       {std::numeric_limits<double>::quiet_NaN()},
       "error: nan is not a whole number"},
      {"int", {"9223372036854775807"}, "int 9223372036854775807"},
      {"int", {"-5"}, "int -5"},
      {"int", {"5.0"}, "error: \"5.0\" is not a whole number of 64 bits"},
      {"int", {"0x5"}, "error: \"0x5\" is not a whole number of 64 bits"},
      {"int", {" 5"}, "error: \" 5\" is not a whole number of 64 bits"},
      {"int", {""}, "error: \"\" is not a whole number of 64 bits"},
      {"int", {true}, "error: expected int, found a bool"},
      {"int", {}, "error: expected int, found null"},
      // A uint is an int that is never negative.
      {"uint", {3.0}, "int 3"},
      {"uint", {"3"}, "int 3"},
      {"uint", {0.0}, "int 0"},
      {"uint", {-1.0}, "error: -1 is negative"},
      {"uint", {"-1"}, "error: -1 is negative"},
      {"double", {1.5}, "double 1.5"},
      {"double", {"1.5e3"}, "double 1500"},
      {"double", {"x"}, "error: \"x\" is not a number"},
      {"bytes", {"YWI="}, "bytes ab"},
      {"bytes", {"***"}, "error: \"***\" is not base64"},
      {"duration", {"1h30m"}, "duration 5400s"},
      {"duration", {"90"}, "error: \"90\" is not a duration such as 1h30m"},
      {"duration", {90.0}, "error: expected duration, found a number"},
      {"timestamp", {"2024-01-02T03:04:05Z"}, "timestamp 2024-01-02T03:04:05Z"},
      {"timestamp",
       {"2024-01-02"},
       "error: \"2024-01-02\" is not an RFC 3339 timestamp"},
      {"ipaddress", {"10.0.0.1"}, "ipaddress 10.0.0.1"},
      {"ipaddress", {"::ffff:10.0.0.1"}, "ipaddress 10.0.0.1"},
      {"ipaddress", {"2001:DB8::1"}, "ipaddress 2001:db8::1"},
      {"ipaddress",
       {"10.0.0.1/8"},
       "error: \"10.0.0.1/8\" is not an IP "
       "address"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Converted(test.type, test.value), test.converted) << test.type;
  }
}

TEST(ContextTest, ConvertsListsAndMaps) {
  const Case kCases[] = {
      {"list<int>", List({{1.0}, {"2"}}), "list [1, 2]"},
      {"list<int>", List({}), "list []"},
      {"list<int>", List({{1.0}, {"x"}}),
       "error: \"x\" is not a whole number of 64 bits"},
      {"list<uint>", List({{-1.0}}), "error: -1 is negative"},
      {"list<list<string>>", List({List({{"a"}}), List({})}), "list [[a], []]"},
      {"list<int>", {Struct{}}, "error: expected list<int>, found a map"},
      {"map<int>", {Struct{{"b", {2.0}}, {"a", {"1"}}}}, "map {a: 1, b: 2}"},
      {"map<int>", {}, "error: expected map<int>, found null"},
      {"map<int>", {Struct{{"a", {}}}}, "error: expected int, found null"},
      {"map<any>", {Struct{{"a", {}}}}, "map {a: null}"},
      {"map<any>", {"x"}, "error: expected map<any>, found a string"},
      {"map<any>", {Struct{{"\xff", {}}}}, "error: a key is not valid UTF-8"},
      {"any", {}, "null null"},
      {"any", {1.0}, "double 1"},
      {"any", {"1"}, "string 1"},
      {"any", List({{true}, {Struct{{"a", {"x"}}}}}), "list [true, {a: x}]"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Converted(test.type, test.value), test.converted) << test.type;
  }
}

TEST(ContextTest, DeepValuesAreRefused) {
  Value deep{"x"};
  for (int i = 0; i < 64; ++i) deep = List({deep});
  EXPECT_TRUE(Converted("any", deep).starts_with("list [[["));
  EXPECT_EQ(Converted("any", List({deep})), "error: nests deeper than 64");
  for (int i = 0; i < 5000; ++i) {
    Struct outer;
    outer.emplace("k", std::move(deep));
    deep = Value{std::move(outer)};
  }
  EXPECT_EQ(Converted("any", deep), "error: nests deeper than 64");
}

TEST(ContextTest, TypesPrintAsWritten) {
  for (const char* const type :
       {"any", "bool", "string", "int", "uint", "double", "bytes", "duration",
        "timestamp", "ipaddress", "list<uint>", "map<list<map<any>>>"}) {
    const auto parsed = ParameterType::Parse(type);
    ASSERT_TRUE(parsed) << type;
    EXPECT_EQ(parsed->ToString(), type);
  }
}

std::shared_ptr<const CompiledCaveat> Example() {
  return CompileCaveat("c",
                       std::vector<Parameter>{{"a", "int"}, {"b", "string"}},
                       "a == 1 && b == ''")
      .value();
}

TEST(ContextTest, UnknownKeysMatterOnlyWhereTheyAreWritten) {
  const auto caveat = Example();
  const Struct context = {{"a", {1.0}}, {"other", {2.0}}};
  EXPECT_TRUE(caveat->ConvertContext(context).ok());
  EXPECT_TRUE(caveat->ValidateContext({{"a", {1.0}}}).ok());
  EXPECT_TRUE(caveat->ValidateContext({}).ok());
  const auto status = caveat->ValidateContext(context);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const auto info = GetErrorInfo(status);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->reason, ErrorReason::kCaveatParameterTypeError);
  EXPECT_EQ(info->metadata.at("caveat_name"), "c");
  EXPECT_EQ(info->metadata.at("parameter_name"), "other");
}

TEST(ContextTest, WrongValuesNameTheParameter) {
  const auto caveat = Example();
  for (const auto& status : {caveat->ConvertContext({{"a", {"x"}}}).status(),
                             caveat->ValidateContext({{"a", {"x"}}})}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message(),
              "parameter \"a\" of caveat \"c\": \"x\" is not a whole number "
              "of 64 bits");
    const auto info = GetErrorInfo(status);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->reason, ErrorReason::kCaveatParameterTypeError);
    EXPECT_EQ(info->metadata.at("caveat_name"), "c");
    EXPECT_EQ(info->metadata.at("parameter_name"), "a");
  }
}

}  // namespace
}  // namespace kith::caveat
