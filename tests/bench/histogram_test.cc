#include "kith_bench/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "workloads/random.h"

namespace kith::bench {
namespace {

// The definition: the least value that so many of all do not exceed.
uint64_t Exact(const std::vector<uint64_t>& sorted, double fraction) {
  const auto rank = static_cast<size_t>(
      std::ceil(fraction * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

TEST(HistogramTest, EmptyHasNothing) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.min(), 0);
  EXPECT_EQ(histogram.max(), 0);
  EXPECT_EQ(histogram.Mean(), 0);
  EXPECT_EQ(histogram.Percentile(0.5), 0);
}

TEST(HistogramTest, OneValueIsEveryPercentile) {
  for (const uint64_t value :
       {uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128}, uint64_t{129},
        uint64_t{1'234'567}, uint64_t{3600} * 1'000'000'000}) {
    Histogram histogram;
    histogram.Record(value);
    for (const double fraction : {0.0, 0.5, 0.999, 1.0}) {
      EXPECT_EQ(histogram.Percentile(fraction), value) << value;
    }
  }
}

TEST(HistogramTest, SmallValuesAreExact) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 100; ++value) histogram.Record(value);
  EXPECT_EQ(histogram.Percentile(0.5), 50);
  EXPECT_EQ(histogram.Percentile(0.9), 90);
  EXPECT_EQ(histogram.Percentile(0.99), 99);
  EXPECT_EQ(histogram.Percentile(0.991), 100);
  EXPECT_EQ(histogram.Mean(), 50.5);
}

TEST(HistogramTest, PercentilesAreWithinOnePercentOfTheExact) {
  constexpr uint64_t kSeed = 11;
  Random random(kSeed);
  std::vector<uint64_t> values;
  Histogram histogram;
  for (int i = 0; i < 100'000; ++i) {
    // Every magnitude from 1 ns to a minute about as often.
    const auto value =
        static_cast<uint64_t>(std::exp(random.Unit() * std::log(60e9)));
    values.push_back(value);
    histogram.Record(value);
  }
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.0001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999}) {
    const auto exact = static_cast<double>(Exact(values, fraction));
    const auto found = static_cast<double>(histogram.Percentile(fraction));
    EXPECT_NEAR(found, exact, exact * 0.01) << fraction << " seed " << kSeed;
  }
  EXPECT_EQ(histogram.Percentile(1), values.back());
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.count(), values.size());
}

TEST(HistogramTest, BucketsLieWithoutGapAtEveryPowerOfTwo) {
  for (int power = 6; power <= 41; ++power) {
    for (const int64_t step : {-1, 0, 1}) {
      const uint64_t value = (uint64_t{1} << power) + step;
      Histogram histogram;
      histogram.Record(1);
      histogram.Record(value);
      histogram.Record(value * 2);
      const auto found = static_cast<double>(histogram.Percentile(0.6));
      EXPECT_NEAR(found, static_cast<double>(value),
                  static_cast<double>(value) * 0.01);
    }
  }
}

TEST(HistogramTest, MoreThanAnHourIsAnHour) {
  Histogram histogram;
  histogram.Record(~uint64_t{0});
  EXPECT_EQ(histogram.max(), uint64_t{3600} * 1'000'000'000);
}

TEST(HistogramTest, ClearForgets) {
  Histogram histogram;
  histogram.Record(5);
  histogram.Clear();
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.Percentile(1), 0);
}

}  // namespace
}  // namespace kith::bench
