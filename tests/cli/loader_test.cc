#include "tools/kith/loader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/mutex.h"

namespace kith::tool {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<RelationshipSource> SourceOf(const std::string& text) {
  return TextSource(std::make_unique<std::istringstream>(text));
}

std::string Key(const Relationship& r) {
  return fmt::format("{}#{}@{}", r.resource.ToString(), r.relation,
                     r.subject.ToString());
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

TEST(LoaderTest, EveryRelationshipIsWrittenOnceInBoundedBatches) {
  std::string text;
  for (int i = 0; i < 2500; ++i) {
    text += fmt::format("document:d{}#viewer@user:anne\n", i);
  }
  Mutex mutex;
  std::map<std::string, int> seen;
  size_t largest = 0;
  const WriteBatch write = [&](const std::vector<LocatedRelationship>& batch) {
    MutexLock lock(&mutex);
    largest = std::max(largest, batch.size());
    for (const auto& located : batch) ++seen[Key(located.relationship)];
    return absl::OkStatus();
  };
  uint64_t written = 0;
  uint64_t last_progress = 0;
  const absl::Status status = Load(
      *SourceOf(text), {.batch_size = 100, .calls_in_flight = 4}, write,
      [&](uint64_t count) {
        EXPECT_GT(count, last_progress);
        last_progress = count;
      },
      &written);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(written, 2500u);
  EXPECT_EQ(last_progress, 2500u);
  EXPECT_EQ(seen.size(), 2500u);
  for (const auto& [key, count] : seen) EXPECT_EQ(count, 1) << key;
  EXPECT_LE(largest, 100u);
}

TEST(LoaderTest, TheLastOfTwoOccurrencesWinsAndNoBatchHoldsBoth) {
  std::string text;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 50; ++i) {
      text += fmt::format(
          "document:d{}#viewer@user:anne[expiration:20{}0-01-01T00:00:00Z]\n",
          i, 3 + round);
    }
  }
  Mutex mutex;
  std::map<std::string, absl::Time> stored;
  const WriteBatch write = [&](const std::vector<LocatedRelationship>& batch) {
    MutexLock lock(&mutex);
    std::set<std::string> in_batch;
    for (const auto& [relationship, line] : batch) {
      EXPECT_TRUE(in_batch.insert(Key(relationship)).second) << "twice";
      absl::Time& time = stored[Key(relationship)];
      EXPECT_LT(time, *relationship.expires_at) << "out of order";
      time = *relationship.expires_at;
    }
    return absl::OkStatus();
  };
  uint64_t written = 0;
  ASSERT_TRUE(Load(
                  *SourceOf(text), {.batch_size = 1000, .calls_in_flight = 4},
                  write, [](uint64_t) {}, &written)
                  .ok());
  EXPECT_EQ(written, 250u);
  EXPECT_EQ(stored.size(), 50u);
}

TEST(LoaderTest, StopsAtTheFirstErrorAndCountsWhatWasAcknowledged) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += fmt::format("document:d{}#viewer@user:anne\n", i);
  }
  int calls = 0;
  const WriteBatch write = [&](const std::vector<LocatedRelationship>& batch) {
    return ++calls == 3 ? InvalidArgument("no more") : absl::OkStatus();
  };
  uint64_t written = 0;
  const absl::Status status = Load(
      *SourceOf(text), {.batch_size = 10, .calls_in_flight = 1}, write,
      [](uint64_t) {}, &written);
  EXPECT_EQ(status.message(), "no more");
  EXPECT_EQ(written, 20u);
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace kith::tool
