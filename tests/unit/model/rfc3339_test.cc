#include "model/rfc3339.h"

#include <gtest/gtest.h>

namespace kith {
namespace {

TEST(Rfc3339Test, ComesBackInUtc) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T01:00:00.5+01:00"),
            absl::UnixEpoch() + absl::Milliseconds(500));
  for (const char* text :
       {"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z",
        "2030-01-31T12:00:00Z", "9999-12-31T23:59:59.5Z"}) {
    const auto time = ParseRfc3339(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(ToRfc3339(*time), text);
  }
}

TEST(Rfc3339Test, NothingElseIsATime) {
  for (const char* text :
       {"", "infinite-future", "2030-01-31", "2030-01-31T12:00:00",
        " 2030-01-31T12:00:00Z", "2030-01-31T12:00:00Z ",
        "+2030-01-31T12:00:00Z", "2030-13-31T12:00:00Z"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace kith
