#include "schema/suggestion.h"

#include <gtest/gtest.h>

namespace kith::schema {
namespace {

TEST(SuggestionTest, FindsTheClosestName) {
  EXPECT_EQ(Closest("viewr", {"owner", "viewer", "view"}), "viewer");
  EXPECT_EQ(Closest("veiwer", {"owner", "viewer"}), "viewer");
  EXPECT_EQ(Closest("usr", {"team", "user"}), "user");
}

TEST(SuggestionTest, KeepsQuietWhenNothingIsClose) {
  EXPECT_EQ(Closest("document", {"user", "team"}), "");
  EXPECT_EQ(Closest("abc", {"xyz"}), "");
  EXPECT_EQ(Closest("abc", {}), "");
  EXPECT_EQ(DidYouMean("document", {"user"}), "");
  EXPECT_EQ(Closest(std::string(5000, 'a'), {std::string(4999, 'a')}), "");
}

TEST(SuggestionTest, TakesTheFirstOfEqualOnes) {
  EXPECT_EQ(Closest("rel", {"rela", "relb"}), "rela");
  EXPECT_EQ(DidYouMean("rel", {"rela", "relb"}), "did you mean \"rela\"?");
}

}  // namespace
}  // namespace kith::schema
