#include "base/clock.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(MonotoneClockTest, NeverGoesBack) {
  absl::Time source = absl::FromUnixSeconds(100);
  MonotoneClock clock([&] { return source; });
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(100));
  source = absl::FromUnixSeconds(50);
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(100));
  source = absl::FromUnixSeconds(101);
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(101));
}

TEST(MonotoneClockTest, StartsAtTheHighWaterItIsTold) {
  MonotoneClock clock([] { return absl::FromUnixSeconds(100); });
  clock.Raise(absl::FromUnixSeconds(200));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(200));
  clock.Raise(absl::FromUnixSeconds(150));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(200));
}

}  // namespace
}  // namespace kith
