#include "base/fault.h"

#include <gtest/gtest.h>

#include "base/status_macros.h"

namespace kith {
namespace {

absl::Status Step() {
  KITH_RETURN_IF_FAULT("test.step");
  return absl::OkStatus();
}

TEST(FaultTest, OnlyTheHookedPointFailsUntilTheHookIsRemoved) {
  EXPECT_TRUE(Step().ok());
  SetFaultHook("test.other", [] { return absl::InternalError("other"); });
  EXPECT_TRUE(Step().ok());
  int hits = 0;
  SetFaultHook("test.step", [&] {
    ++hits;
    return absl::DataLossError("step");
  });
  EXPECT_EQ(Step().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(hits, 1);
  SetFaultHook("test.step", {});
  SetFaultHook("test.other", {});
  EXPECT_TRUE(Step().ok());
  EXPECT_FALSE(fault_internal::AnyHook());
}

TEST(FaultTest, AHookMayChangeHooks) {
  SetFaultHook("test.step", [] {
    SetFaultHook("test.step", {});
    return absl::OkStatus();
  });
  EXPECT_TRUE(Step().ok());
  EXPECT_FALSE(fault_internal::AnyHook());
}

}  // namespace
}  // namespace kith
