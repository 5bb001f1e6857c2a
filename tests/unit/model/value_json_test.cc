#include "model/value_json.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(ValueJsonTest, PrintsCanonically) {
  EXPECT_EQ(ToJson(Struct{}), "{}");
  const auto parsed = StructFromJson(
      R"( { "b" : [ 1.0, -0.0, 1e3, 0.1, true, null ], "a" : {"":"\u00e9\n"}})");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(ToJson(*parsed),
            "{\"a\":{\"\":\"\u00e9\\n\"},\"b\":[1,0,1000,0.1,true,null]}");
}

TEST(ValueJsonTest, IntegralNumbersHaveNoFraction) {
  EXPECT_EQ(ToJson(Value{9007199254740992.0}), "9007199254740992");
  EXPECT_EQ(ToJson(Value{-3.0}), "-3");
}

TEST(ValueJsonTest, RefusesWhatIsNotOneObject) {
  for (const char* text : {"", "1", "[]", "\"a\"", "null", "{", "{}{}", "{} x",
                           "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{\"a\":NaN}",
                           "{\"a\":1e999}", "{\"a\":\"\xff\"}"}) {
    EXPECT_EQ(StructFromJson(text).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(ValueJsonTest, RefusesRepeatedKeysAtAnyDepth) {
  EXPECT_FALSE(StructFromJson(R"({"a":1,"a":1})").ok());
  EXPECT_FALSE(StructFromJson(R"({"x":[{"a":1,"\u0061":2}]})").ok());
  EXPECT_TRUE(StructFromJson(R"({"a":{"a":1},"b":{"a":1}})").ok());
}

TEST(ValueJsonTest, RefusesMoreThan64Levels) {
  const auto nested = [](int levels) {
    return "{\"a\":" + std::string(levels - 1, '[') +
           std::string(levels - 1, ']') + "}";
  };
  EXPECT_TRUE(StructFromJson(nested(64)).ok());
  EXPECT_FALSE(StructFromJson(nested(65)).ok());
  EXPECT_FALSE(StructFromJson(nested(1'000'000)).ok());
}

}  // namespace
}  // namespace kith
