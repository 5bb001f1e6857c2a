#include <gtest/gtest.h>

#include <cstdlib>

#include "property/comparison.h"

namespace kith::property {
namespace {

constexpr uint64_t kBaseSeed = 20'260'000;
constexpr uint64_t kModels = 100;

// KITH_SEED=N replays one model.
TEST(PropertyTest, RandomModelsAgreeWithTheOracle) {
  Tally tally;
  if (const char* seed = std::getenv("KITH_SEED")) {
    const auto mismatch = RunSeed(std::strtoull(seed, nullptr, 10), &tally);
    EXPECT_FALSE(mismatch.has_value()) << *mismatch;
    return;
  }
  for (uint64_t i = 0; i < kModels; ++i) {
    const auto mismatch = RunSeed(kBaseSeed + i, &tally);
    ASSERT_FALSE(mismatch.has_value()) << *mismatch;
  }
  std::printf("base seed %llu: %s\n",
              static_cast<unsigned long long>(kBaseSeed),
              tally.ToString().c_str());
  // The models must be such that every kind of answer was put to the test.
  EXPECT_GT(tally.yes, tally.comparisons / 20);
  EXPECT_GT(tally.no, tally.comparisons / 20);
  EXPECT_GT(tally.depth_errors, 100u);
  EXPECT_GT(tally.exclusion_errors, 30u);
  EXPECT_GT(tally.conditional, 1000u);
  EXPECT_GT(tally.caveat_errors, 100u);
  EXPECT_GT(tally.resource_lookups, 1000u);
  EXPECT_GT(tally.subject_lookups, 1000u);
  EXPECT_GT(tally.trees, tally.tree_errors * 2);
  EXPECT_GT(tally.repeated, 10'000u);
  EXPECT_GT(tally.result_hits, 1000u);
  EXPECT_GT(tally.row_hits, 1000u);
  EXPECT_GT(tally.stale, 100u);
  EXPECT_GT(tally.evictions, 100u);
}

}  // namespace
}  // namespace kith::property
