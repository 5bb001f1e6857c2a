#include "db/time_leases.h"

#include <optional>

#include "gtest/gtest.h"

namespace kith::db {
namespace {

absl::Time Second(int n) { return absl::FromUnixSeconds(n); }

TEST(TimeLeasesTest, NothingIsCollectedThatALeaseSeesAlive) {
  TimeLeases leases;
  absl::Time earlier = Second(10);
  absl::Time later = Second(20);
  std::optional<TimeLeases::Lease> first(leases.Take(&earlier));
  const TimeLeases::Lease second = leases.Take(&later);
  EXPECT_EQ(earlier, Second(10));
  EXPECT_EQ(leases.Collect(Second(5)), Second(5));
  EXPECT_EQ(leases.Collect(Second(30)), Second(10));
  first.reset();
  EXPECT_EQ(leases.Collect(Second(30)), Second(20));
}

TEST(TimeLeasesTest, ALeaseIsNeverOfATimeBeforeWhatWasCollected) {
  TimeLeases leases;
  EXPECT_EQ(leases.Collect(Second(30)), Second(30));
  absl::Time now = Second(29);
  const TimeLeases::Lease lease = leases.Take(&now);
  EXPECT_EQ(now, Second(30));
  EXPECT_EQ(leases.Collect(Second(40)), Second(30));
}

TEST(TimeLeasesTest, AMovedLeaseIsReturnedOnce) {
  TimeLeases leases;
  absl::Time now = Second(10);
  {
    TimeLeases::Lease lease = leases.Take(&now);
    const TimeLeases::Lease moved = std::move(lease);
    EXPECT_EQ(leases.Collect(Second(30)), Second(10));
  }
  EXPECT_EQ(leases.Collect(Second(30)), Second(30));
}

}  // namespace
}  // namespace kith::db
