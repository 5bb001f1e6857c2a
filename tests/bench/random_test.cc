#include "workloads/random.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "workloads/draw.h"
#include "workloads/shuffle.h"
#include "workloads/zipf.h"

namespace kith::bench {
namespace {

std::vector<double> Shares(uint64_t count, int samples, uint64_t seed) {
  Zipf zipf(count);
  Random random(seed);
  std::vector<double> shares(count);
  for (int i = 0; i < samples; ++i) {
    shares.at(zipf.Sample(&random)) += 1.0 / samples;
  }
  return shares;
}

TEST(ZipfTest, EveryRankHasItsShare) {
  constexpr uint64_t kCount = 50;
  std::vector<double> shares = Shares(kCount, 1'000'000, 1);
  double total = 0;
  for (uint64_t k = 1; k <= kCount; ++k) {
    total += std::pow(static_cast<double>(k), -Zipf::kExponent);
  }
  for (uint64_t k = 1; k <= kCount; ++k) {
    double expected =
        std::pow(static_cast<double>(k), -Zipf::kExponent) / total;
    // Five standard deviations of a million samples.
    EXPECT_NEAR(shares[k - 1], expected, 5 * std::sqrt(expected / 1e6)) << k;
  }
}

TEST(ZipfTest, OneRankIsAlwaysTheFirst) {
  Zipf zipf(1);
  Random random(1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(zipf.Sample(&random), 0u);
}

TEST(ZipfTest, RanksOfMillionsReachTheTail) {
  constexpr uint64_t kCount = 5'000'000;
  Zipf zipf(kCount);
  Random random(1);
  int upper_half = 0;
  int first = 0;
  constexpr int kSamples = 100'000;
  for (int i = 0; i < kSamples; ++i) {
    uint64_t rank = zipf.Sample(&random);
    ASSERT_LT(rank, kCount);
    upper_half += rank >= kCount / 2 ? 1 : 0;
    first += rank == 0 ? 1 : 0;
  }
  // The sum of 1/k^0.99 to five millions is 17.3; of its upper half 0.80.
  EXPECT_NEAR(first / double{kSamples}, 1 / 17.3, 0.005);
  EXPECT_NEAR(upper_half / double{kSamples}, 0.80 / 17.3, 0.005);
}

TEST(DrawTest, SameSeedDrawsTheSame) {
  Draw a(7, Keys::kZipf);
  Draw b(7, Keys::kZipf);
  Draw other(8, Keys::kZipf);
  int same = 0;
  for (int i = 0; i < 1000; ++i) {
    uint64_t key = a.Key(1'000'000);
    EXPECT_EQ(key, b.Key(1'000'000));
    same += key == other.Key(1'000'000) ? 1 : 0;
  }
  EXPECT_LT(same, 100);
}

TEST(DrawTest, UniformKeysAreEven) {
  Draw draw(1, Keys::kUniform);
  std::vector<int> counts(10);
  for (int i = 0; i < 100'000; ++i) ++counts.at(draw.Key(10));
  for (int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(DrawTest, PopularKeysAreTheSameForEverySeed) {
  auto hottest = [](uint64_t seed) {
    Draw draw(seed, Keys::kZipf);
    std::vector<int> counts(1000);
    for (int i = 0; i < 10'000; ++i) ++counts.at(draw.Key(1000));
    return std::max_element(counts.begin(), counts.end()) - counts.begin();
  };
  EXPECT_EQ(hottest(1), hottest(2));
}

TEST(ShuffleTest, EveryNumberComesOnceAndNotInOrder) {
  for (uint64_t count : {1, 2, 3, 5, 16, 17, 1000, 4096, 4097}) {
    Shuffle shuffle(count, 3);
    std::vector<bool> seen(count);
    uint64_t in_place = 0;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t at = shuffle.At(i);
      ASSERT_LT(at, count);
      EXPECT_FALSE(seen[at]) << at << " of " << count;
      seen[at] = true;
      in_place += at == i ? 1 : 0;
    }
    // Of a random order one number is in place, whatever the count.
    EXPECT_LT(in_place, 10u);
  }
}

}  // namespace
}  // namespace kith::bench
