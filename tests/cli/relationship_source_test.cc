#include "tools/kith/relationship_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace kith::tool {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<RelationshipSource> SourceOf(const std::string& text) {
  return TextSource(std::make_unique<std::istringstream>(text));
}

TEST(RelationshipSourceTest, SkipsCommentsAndCountsTheirLines) {
  const auto source = SourceOf(
      "# one\n\n  // two\n  document:readme#viewer@user:anne  \r\n"
      "document:readme#viewer@user:tom");
  auto next = source->Next();
  ASSERT_TRUE(next.ok() && next->has_value());
  EXPECT_EQ((*next)->line, 4);
  EXPECT_EQ((*next)->relationship.subject, SubjectRef("user:anne"));
  next = source->Next();
  ASSERT_TRUE(next.ok() && next->has_value());
  EXPECT_EQ((*next)->line, 5);
  next = source->Next();
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(next->has_value());
}

TEST(RelationshipSourceTest, AByteOrderMarkIsNoPartOfTheFirstLine) {
  const auto source = SourceOf(
      "\xEF\xBB\xBF"
      "document:readme#viewer@user:anne\r\n");
  const auto next = source->Next();
  ASSERT_TRUE(next.ok() && next->has_value()) << next.status();
  EXPECT_EQ((*next)->relationship.resource, ObjectRef("document:readme"));
}

TEST(RelationshipSourceTest, GoesOnBehindABadLineAndRewinds) {
  const auto source = SourceOf("nonsense\ndocument:readme#viewer@user:anne\n");
  for (int pass = 0; pass < 2; ++pass) {
    auto next = source->Next();
    ASSERT_FALSE(next.ok());
    EXPECT_THAT(std::string(next.status().message()), HasSubstr("line 1: "));
    next = source->Next();
    ASSERT_TRUE(next.ok() && next->has_value());
    EXPECT_EQ((*next)->line, 2);
    ASSERT_FALSE(source->Next()->has_value());
    source->Rewind();
  }
}

}  // namespace
}  // namespace kith::tool
