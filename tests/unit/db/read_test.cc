#include <set>
#include <string>
#include <vector>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ReadTest : public DatabaseTest {
 protected:
  void SetUp() override {
    options_.max_read_limit = 5;
    Open();
    std::vector<Update> updates;
    for (const std::string id : {"aaa", "bbb", "ccc", "ddd"}) {
      updates.push_back(Create(Relationship(ObjectRef("document", id), "owner",
                                            SubjectRef("user:anne"))));
      updates.push_back(Create(Relationship(ObjectRef("document", id), "viewer",
                                            SubjectRef("team:eng#member"))));
    }
    MustWrite(updates);
  }

  static ReadRequest Documents(uint32_t limit = 0, std::string cursor = "") {
    ReadRequest request;
    request.filter.resource_type = "document";
    request.limit = limit;
    request.cursor = std::move(cursor);
    return request;
  }

  // Walks all pages of `limit`; fails on a repeated relationship.
  std::vector<std::string> WalkPages(ReadRequest request) {
    std::vector<std::string> texts;
    std::set<std::string> seen;
    while (true) {
      const auto page = db_->Read(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return texts;
      for (const ReadItem& item : page->items) {
        texts.push_back(item.relationship.ToString());
        EXPECT_TRUE(seen.insert(texts.back()).second) << texts.back();
      }
      if (!page->more) return texts;
      EXPECT_EQ(page->items.size(), request.limit);
      request.cursor = page->items.back().cursor;
    }
  }
};

TEST_F(ReadTest, PagesOfEverySizeGiveTheSameItems) {
  const std::vector<std::string> all = WalkPages(Documents(5));
  EXPECT_THAT(all, SizeIs(8));
  for (uint32_t limit = 1; limit < 5; ++limit) {
    EXPECT_EQ(WalkPages(Documents(limit)), all) << limit;
  }
}

TEST_F(ReadTest, ReverseOrderPagesTooGiveTheSameItems) {
  ReadRequest request;
  request.filter.subject = SubjectFilter{"team", "eng", "member"};
  request.limit = 5;
  const std::vector<std::string> all = WalkPages(request);
  EXPECT_THAT(all, SizeIs(4));
  for (request.limit = 1; request.limit < 4; ++request.limit) {
    EXPECT_EQ(WalkPages(request), all) << request.limit;
  }
}

TEST_F(ReadTest, NoLimitGivesOneFullPage) {
  const auto page = db_->Read(Documents());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->items, SizeIs(5));
  EXPECT_TRUE(page->more);
}

TEST_F(ReadTest, MoreIsFalseWhenTheLastItemEndsThePage) {
  ReadRequest request = Documents(4);
  request.filter.relation = "owner";
  const auto page = db_->Read(request);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->items, SizeIs(4));
  EXPECT_FALSE(page->more);
}

TEST_F(ReadTest, EveryItemsCursorResumesAfterIt) {
  const auto page = db_->Read(Documents(5));
  ASSERT_TRUE(page.ok()) << page.status();
  for (size_t i = 0; i + 1 < page->items.size(); ++i) {
    const auto next = db_->Read(Documents(1, page->items[i].cursor));
    ASSERT_TRUE(next.ok()) << next.status();
    ASSERT_THAT(next->items, SizeIs(1));
    EXPECT_EQ(next->items[0].relationship, page->items[i + 1].relationship);
  }
}

TEST_F(ReadTest, ACursorStaysAtItsRevision) {
  const auto page = db_->Read(Documents(2));
  ASSERT_TRUE(page.ok()) << page.status();
  ReadRequest rest = Documents(5, page->items.back().cursor);
  const auto before = db_->Read(rest);
  ASSERT_TRUE(before.ok()) << before.status();
  const Token newer = MustWrite({Delete("document:ddd#owner@user:anne"),
                                 Create("document:ccc#viewer@user:*")});
  // Its revision wins over the consistency asked for.
  rest.consistency = Consistency::AtLeastAsFresh(newer);
  const auto after = db_->Read(rest);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->read_at, before->read_at);
  ASSERT_EQ(after->items.size(), before->items.size());
  for (size_t i = 0; i < after->items.size(); ++i) {
    EXPECT_EQ(after->items[i].relationship, before->items[i].relationship);
  }
}

TEST_F(ReadTest, ACursorIsForItsFilterAndNoOther) {
  const auto page = db_->Read(Documents(2));
  ASSERT_TRUE(page.ok()) << page.status();
  const std::string cursor = page->items.back().cursor;
  EXPECT_TRUE(db_->Read(Documents(3, cursor)).ok()) << "limit may change";
  ReadRequest other = Documents(2, cursor);
  other.filter.relation = "owner";
  EXPECT_EQ(RefusalOf(db_->Read(other).status()),
            Invalid(ErrorReason::kInvalidCursor));
  other = Documents(2, cursor);
  other.filter.resource_id_prefix = "a";
  EXPECT_EQ(RefusalOf(db_->Read(other).status()),
            Invalid(ErrorReason::kInvalidCursor));
  EXPECT_EQ(RefusalOf(db_->Read(Documents(2, "nonsense")).status()),
            Invalid(ErrorReason::kInvalidCursor));
  EXPECT_EQ(RefusalOf(db_->Read(Documents(2, page->read_at)).status()),
            Invalid(ErrorReason::kInvalidCursor))
      << "a token is no cursor";
}

TEST_F(ReadTest, ExpiredRelationshipsAreLeftOut) {
  const Token token = MustWrite(
      {Create(Expiring("document:eee#viewer@user:anne", absl::Seconds(1)))});
  ReadRequest request = Documents(1);
  request.filter.resource_id = "eee";
  EXPECT_THAT(db_->Read(request)->items, SizeIs(1));
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(db_->Read(request)->items, IsEmpty());
  // The clock decides, not the revision.
  request.consistency = Consistency::AtExactSnapshot(token);
  EXPECT_THAT(db_->Read(request)->items, IsEmpty());
}

TEST_F(ReadTest, MoreIsFalseWhenOnlyExpiredRelationshipsFollow) {
  MustWrite(
      {Create(Expiring("document:aaa#viewer@user:zoe", absl::Seconds(1)))});
  clock_.Advance(absl::Seconds(1));
  ReadRequest request = Documents(1);
  request.filter.resource_id = "aaa";
  request.filter.relation = "viewer";
  const auto page = db_->Read(request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->items, SizeIs(1));
  EXPECT_FALSE(page->more);
}

TEST_F(ReadTest, RefusesBadFiltersAndLimits) {
  EXPECT_EQ(RefusalOf(db_->Read({}).status()),
            Invalid(ErrorReason::kInvalidFilter));
  const absl::Status status = db_->Read(Documents(6)).status();
  EXPECT_EQ(RefusalOf(status),
            Invalid(ErrorReason::kExceedsMaximumAllowableLimit));
  EXPECT_EQ(MetadataOf(status),
            (std::map<std::string, std::string>{
                {"limit_provided", "6"}, {"maximum_limit_allowed", "5"}}));
  ReadRequest request;
  request.filter.resource_type = "folder";
  EXPECT_EQ(RefusalOf(db_->Read(request).status()),
            Failed(ErrorReason::kUnknownDefinition));
  request = Documents();
  request.filter.subject = SubjectFilter{"team", "", "boss"};
  EXPECT_EQ(RefusalOf(db_->Read(request).status()),
            Failed(ErrorReason::kUnknownRelationOrPermission));
}

TEST_F(ReadTest, FilterNamesAreThoseOfTheSnapshotsSchema) {
  const Token before = db_->ReadSchema()->read_at;
  ASSERT_TRUE(
      db_->WriteSchema(std::string(kTestSchema) +
                       "\ndefinition folder {\n\trelation owner: user\n}")
          .ok());
  ReadRequest request;
  request.filter.resource_type = "folder";
  EXPECT_TRUE(db_->Read(request).ok());
  request.consistency = Consistency::AtExactSnapshot(before);
  EXPECT_EQ(RefusalOf(db_->Read(request).status()),
            Failed(ErrorReason::kUnknownDefinition));
}

}  // namespace
}  // namespace kith
