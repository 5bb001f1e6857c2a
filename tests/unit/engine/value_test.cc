#include "engine/value.h"

#include "gtest/gtest.h"

namespace kith::engine {
namespace {

constexpr Value kAll[] = {Value::kFalse, Value::kUnknown, Value::kTrue};

TEST(ValueTest, OperationsAreKleenes) {
  EXPECT_EQ(Or(Value::kUnknown, Value::kTrue), Value::kTrue);
  EXPECT_EQ(Or(Value::kUnknown, Value::kFalse), Value::kUnknown);
  EXPECT_EQ(And(Value::kUnknown, Value::kTrue), Value::kUnknown);
  EXPECT_EQ(And(Value::kUnknown, Value::kFalse), Value::kFalse);
  EXPECT_EQ(Not(Value::kUnknown), Value::kUnknown);
  EXPECT_EQ(Minus(Value::kTrue, Value::kUnknown), Value::kUnknown);
  EXPECT_EQ(Minus(Value::kUnknown, Value::kTrue), Value::kFalse);
}

TEST(ValueTest, DeMorganHolds) {
  for (const Value a : kAll) {
    EXPECT_EQ(Not(Not(a)), a);
    for (const Value b : kAll) {
      EXPECT_EQ(Not(Or(a, b)), And(Not(a), Not(b)));
      EXPECT_EQ(Minus(a, b), And(a, Not(b)));
    }
  }
}

}  // namespace
}  // namespace kith::engine
