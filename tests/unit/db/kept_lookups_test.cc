#include "db/kept_lookups.h"

#include <memory>
#include <string>

#include "engine/exact_cache.h"
#include "gtest/gtest.h"

namespace kith::db {
namespace {

class Outcome final : public engine::LookupOutcome {
 public:
  explicit Outcome(size_t bytes) : LookupOutcome(nullptr), bytes_(bytes) {}
  size_t bytes() const override { return bytes_; }

 private:
  const size_t bytes_;
};

std::shared_ptr<Outcome> Of(size_t bytes) {
  return std::make_shared<Outcome>(bytes);
}

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

engine::Evaluation At(absl::Time now) {
  engine::Evaluation evaluation;
  evaluation.now = now;
  return evaluation;
}

TEST(KeptLookupsTest, GivesWhatWasKeptUnderTheKey) {
  KeptLookups kept(10'000);
  const auto first = Of(100);
  const auto second = Of(100);
  kept.Keep("a", first);
  kept.Keep("b", second);
  EXPECT_EQ(kept.Find<Outcome>("a", At(kNow)), first);
  EXPECT_EQ(kept.Find<Outcome>("b", At(kNow)), second);
  EXPECT_EQ(kept.Find<Outcome>("ab", At(kNow)), nullptr);
  EXPECT_EQ(kept.stats().hits, 2u);
  EXPECT_EQ(kept.stats().misses, 1u);
  kept.Keep("a", second);
  EXPECT_EQ(kept.Find<Outcome>("a", At(kNow)), second);
  EXPECT_EQ(kept.stats().entries, 2u);
}

TEST(KeptLookupsTest, GivesItOnlyWhileItHolds) {
  KeptLookups kept(10'000);
  const auto outcome = Of(100);
  outcome->set_time({kNow, kNow + absl::Seconds(5)});
  kept.Keep("a", outcome);
  EXPECT_EQ(kept.Find<Outcome>("a", At(kNow - absl::Nanoseconds(1))), nullptr);
  EXPECT_EQ(kept.Find<Outcome>("a", At(kNow)), outcome);
  EXPECT_EQ(kept.Find<Outcome>("a", At(kNow + absl::Seconds(4))), outcome);
  EXPECT_EQ(kept.Find<Outcome>("a", At(kNow + absl::Seconds(5))), nullptr);
}

TEST(KeptLookupsTest, TheLeastRecentlyUsedGoesFirst) {
  KeptLookups kept(10'000);
  for (const char* key : {"a", "b", "c"}) kept.Keep(key, Of(2500));
  ASSERT_NE(kept.Find<Outcome>("a", At(kNow)), nullptr);
  kept.Keep("d", Of(2500));
  EXPECT_EQ(kept.Find<Outcome>("b", At(kNow)), nullptr);
  EXPECT_NE(kept.Find<Outcome>("a", At(kNow)), nullptr);
  EXPECT_NE(kept.Find<Outcome>("c", At(kNow)), nullptr);
  EXPECT_NE(kept.Find<Outcome>("d", At(kNow)), nullptr);
  EXPECT_LE(kept.stats().bytes, 10'000u);
}

TEST(KeptLookupsTest, NothingIsKeptThatDoesNotFit) {
  KeptLookups kept(10'000);
  kept.Keep("small", Of(100));
  kept.Keep("large", Of(10'000));
  EXPECT_EQ(kept.Find<Outcome>("large", At(kNow)), nullptr);
  EXPECT_NE(kept.Find<Outcome>("small", At(kNow)), nullptr);

  KeptLookups off(0);
  off.Keep("small", Of(1));
  EXPECT_EQ(off.Find<Outcome>("small", At(kNow)), nullptr);
  EXPECT_EQ(off.stats().bytes, 0u);
}

TEST(KeptLookupsTest, WhoHasAnOutcomeKeepsItWhenItIsDropped) {
  KeptLookups kept(1'000);
  kept.Keep("a", Of(500));
  const auto held = kept.Find<Outcome>("a", At(kNow));
  kept.Keep("b", Of(500));
  EXPECT_EQ(kept.Find<Outcome>("a", At(kNow)), nullptr);
  EXPECT_EQ(held->bytes(), 500u);
}

}  // namespace
}  // namespace kith::db
