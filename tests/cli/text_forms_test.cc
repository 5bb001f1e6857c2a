#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/kith/convert.h"
#include "tools/kith/expiry.h"
#include "tools/kith/filter.h"
#include "tools/kith/progress.h"
#include "tools/kith/validation/question.h"

namespace kith::tool {
namespace {

using ::testing::HasSubstr;

TEST(FilterTextTest, EveryFormIsReadAndPrintedBack) {
  for (const std::string text :
       {"document", "document:readme", "document:reports/*", "document#viewer",
        "document:readme#viewer", "@user", "@user:anne", "@user:*",
        "@team:eng#member", "@team:eng#...", "document@team#member",
        "document:reports/*#viewer@user:anne"}) {
    const auto filter = ParseFilter(text);
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status();
    EXPECT_EQ(FilterText(*filter), text);
  }
}

TEST(ConvertTest, ExpiriesOfAllYearsComeBack) {
  for (const std::string time :
       {"0001-01-01T00:00:00Z", "1600-02-29T12:00:00.000000001Z",
        "1969-12-31T23:59:59.5Z", "2123-01-02T03:04:05Z",
        "3000-01-01T00:00:00.25Z", "9999-12-31T23:59:59.999999999Z"}) {
    const Relationship relationship(
        "document:a#viewer@user:anne[expiration:" + time + "]");
    ASSERT_TRUE(relationship.expires_at.has_value()) << time;
    v1::Relationship proto;
    ToProto(relationship, &proto);
    EXPECT_GE(proto.optional_expires_at().nanos(), 0) << time;
    EXPECT_LT(proto.optional_expires_at().nanos(), 1'000'000'000) << time;
    EXPECT_EQ(FromProto(proto), relationship) << time;
  }
}

TEST(FilterTextTest, PartsGoWhereTheyBelong) {
  const auto filter = ParseFilter("document:reports/*#viewer@team:eng#member");
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_EQ(filter->resource_type, "document");
  EXPECT_EQ(filter->resource_id, "");
  EXPECT_EQ(filter->resource_id_prefix, "reports/");
  EXPECT_EQ(filter->relation, "viewer");
  EXPECT_EQ(filter->subject, (SubjectFilter{"team", "eng", "member"}));
}

TEST(FilterTextTest, EllipsisIsNoRelationAndAbsenceIsAny) {
  EXPECT_EQ(ParseSubjectFilter("user:anne#...")->relation, "");
  EXPECT_EQ(ParseSubjectFilter("user:anne")->relation, std::nullopt);
}

TEST(FilterTextTest, QuotedIdsMayHoldTheMarks) {
  const auto filter = ParseFilter("document:\"a#b@c\"@user:\"d@e:f\"");
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_EQ(filter->resource_id, "a#b@c");
  EXPECT_EQ(filter->subject->id, "d@e:f");
}

TEST(FilterTextTest, EmptyPartsAreRefused) {
  for (const std::string text :
       {"", "document:", "document#", "document@", "@user:", "@user#", "@:x"}) {
    EXPECT_FALSE(ParseFilter(text).ok()) << text;
  }
}

TEST(ExpiryTest, AbsoluteAndRelative) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(*ParseExpiry("+90s", now), now + absl::Seconds(90));
  EXPECT_EQ(*ParseExpiry("+1h30m", now), now + absl::Minutes(90));
  EXPECT_EQ(*ParseExpiry("+7d", now), now + absl::Hours(7 * 24));
  EXPECT_EQ(*ParseExpiry("2023-11-14T22:13:20Z", now), now);
}

TEST(ExpiryTest, AnythingElseIsRefused) {
  for (const std::string text :
       {"", "+", "1h", "+-1h", "+0s", "tomorrow", "infinite-future",
        " 2030-01-31T12:00:00Z", "2030-01-31", "+d", "+-3d"}) {
    const auto expiry = ParseExpiry(text, absl::UnixEpoch());
    ASSERT_FALSE(expiry.ok()) << text;
    EXPECT_THAT(std::string(expiry.status().message()), HasSubstr("+1h30m"));
  }
}

TEST(QuestionTest, ContextIsBehindWith) {
  const auto question = ParseQuestion(
      "document:readme#view@team:eng#member with {\"ip\": \"10.0.0.1\"}");
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->resource, ObjectRef("document", "readme"));
  EXPECT_EQ(question->permission, "view");
  EXPECT_EQ(question->subject, SubjectRef("team:eng#member"));
  EXPECT_EQ(question->context.size(), 1u);
}

TEST(QuestionTest, EllipsisIsTheObjectItself) {
  const auto question = ParseQuestion("document:readme#view@user:anne#...");
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->subject, SubjectRef("user:anne"));
}

TEST(QuestionTest, AnythingElseIsRefused) {
  for (const std::string text :
       {"", "document:readme#view", "document:readme@user:anne",
        "document:readme#view@user:anne with",
        "document:readme#view@user:anne "
        "with {",
        "document:readme#view@user:anne[expiration:2030-01-01T00:00:"
        "00Z]"}) {
    EXPECT_FALSE(ParseQuestion(text).ok()) << text;
  }
}

TEST(ProgressTest, BarShowsPartRateAndTime) {
  EXPECT_EQ(
      Progress::Draw("relationships", 250'000, 1'000'000, absl::Seconds(5), 8),
      "[##......]  25%  250,000 of 1,000,000 relationships, 50,000/s, "
      "5.0 s");
  EXPECT_EQ(Progress::Draw("checks", 1234, std::nullopt, absl::Seconds(1), 8),
            "1,234 checks, 1,234/s, 1.0 s");
}

TEST(ProgressTest, NumbersAreGroupedByThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace kith::tool
