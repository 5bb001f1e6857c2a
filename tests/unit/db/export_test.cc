#include <fmt/format.h>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ExportTest : public DatabaseTest {
 protected:
  // The texts of all pages from `request` on; counts the pages.
  std::vector<std::string> All(ExportRequest request, int* pages = nullptr) {
    std::vector<std::string> texts;
    for (int count = 1;; ++count) {
      const auto page = db_->Export(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return texts;
      if (request.limit != 0) {
        EXPECT_LE(page->relationships.size(), request.limit);
      }
      for (const Relationship& relationship : page->relationships) {
        texts.push_back(relationship.ToString());
      }
      if (pages != nullptr) *pages = count;
      if (!page->more) return texts;
      EXPECT_FALSE(page->relationships.empty());
      request.cursor = page->cursor;
    }
  }

  ExportRequest Matching(RelationshipFilter filter) {
    ExportRequest request;
    request.filter = std::move(filter);
    return request;
  }
};

TEST_F(ExportTest, OrdersByNameOfTheDefinitionAndThenByResource) {
  // In the schema user comes before team and team before document.
  MustWrite(
      {Touch("team:eng#member@user:anne"), Touch("document:b#viewer@user:anne"),
       Touch("document:a#viewer@user:bob"), Touch("document:a#owner@user:bob"),
       Touch("team:all#member@team:eng#member")});
  EXPECT_THAT(All({}), ElementsAre("document:a#owner@user:bob",
                                   "document:a#viewer@user:bob",
                                   "document:b#viewer@user:anne",
                                   "team:all#member@team:eng#member",
                                   "team:eng#member@user:anne"));
}

TEST_F(ExportTest, PagesOfEverySizeAreTheSameAtTheRevisionOfTheFirst) {
  std::vector<Update> updates;
  for (int i = 0; i < 20; ++i) {
    updates.push_back(
        Touch(Relationship(fmt::format("document:d{}#viewer@user:anne", i))));
    updates.push_back(
        Touch(Relationship(fmt::format("team:t{}#member@user:anne", i))));
  }
  MustWrite(std::move(updates));
  const auto whole = All({});
  ASSERT_EQ(whole.size(), 40u);
  for (const uint32_t limit : {1u, 3u, 19u, 20u, 21u, 39u, 40u, 41u}) {
    ExportRequest request;
    request.limit = limit;
    int pages = 0;
    EXPECT_EQ(All(request, &pages), whole) << limit;
    EXPECT_EQ(pages, static_cast<int>((40 + limit - 1) / limit)) << limit;
  }
  ExportRequest request;
  request.limit = 5;
  const auto first = db_->Export(request);
  ASSERT_TRUE(first.ok()) << first.status();
  MustWrite({Delete(Relationship(whole[7])), Touch("document:zz#viewer@user:x"),
             Touch("document:a#viewer@user:x")});
  request.cursor = first->cursor;
  EXPECT_EQ(All(request),
            std::vector<std::string>(whole.begin() + 5, whole.end()));
}

TEST_F(ExportTest, BytesCutAPageButNeverToNothing) {
  std::vector<Update> updates;
  for (int i = 0; i < 50; ++i) {
    updates.push_back(Touch(Relationship(
        fmt::format("document:{}#viewer@user:anne",
                    std::string(1000, static_cast<char>('a' + i % 26)) +
                        fmt::to_string(i)))));
  }
  MustWrite(std::move(updates));
  const auto whole = All({});
  ExportRequest request;
  request.max_bytes = 5000;
  int pages = 0;
  EXPECT_EQ(All(request, &pages), whole);
  EXPECT_GE(pages, 50 / 4);
  request.max_bytes = 1;
  EXPECT_EQ(All(request, &pages), whole);
  EXPECT_EQ(pages, 50);
}

TEST_F(ExportTest, TheFilterNeedNotFitTheSchema) {
  MustWrite({Touch("document:a#viewer@user:anne"),
             Touch("document:b#viewer@user:bob"),
             Touch("team:eng#member@user:anne")});
  EXPECT_THAT(All(Matching({.resource_type = "folder"})), IsEmpty());
  EXPECT_THAT(All(Matching({.resource_type = "team"})),
              ElementsAre("team:eng#member@user:anne"));
  RelationshipFilter anne;
  anne.subject.emplace();
  anne.subject->type = "user";
  anne.subject->id = "anne";
  EXPECT_THAT(All(Matching(anne)), ElementsAre("document:a#viewer@user:anne",
                                               "team:eng#member@user:anne"));
  RelationshipFilter both{.resource_type = "document"};
  both.resource_id = "a";
  both.resource_id_prefix = "a";
  EXPECT_EQ(RefusalOf(db_->Export(Matching(both)).status()),
            Invalid(ErrorReason::kInvalidFilter));
}

TEST_F(ExportTest, WhatHasExpiredIsLeftOut) {
  MustWrite({Touch("document:a#viewer@user:anne"),
             Touch(Expiring("document:b#viewer@user:anne", absl::Hours(1)))});
  EXPECT_EQ(All({}).size(), 2u);
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(All({}), ElementsAre("document:a#viewer@user:anne"));
}

TEST_F(ExportTest, ALimitOverTheMaximumIsRefused) {
  options_.max_export_limit = 2;
  Open();
  MustWrite({Touch("document:a#viewer@user:anne"),
             Touch("document:b#viewer@user:anne"),
             Touch("document:c#viewer@user:anne")});
  ExportRequest request;
  int pages = 0;
  EXPECT_EQ(All(request, &pages).size(), 3u);
  EXPECT_EQ(pages, 2);
  request.limit = 3;
  EXPECT_EQ(RefusalOf(db_->Export(request).status()),
            Invalid(ErrorReason::kExceedsMaximumAllowableLimit));
}

TEST_F(ExportTest, ACursorIsBoundToItsFilterAndToExports) {
  MustWrite({Touch("document:a#viewer@user:anne"),
             Touch("document:b#viewer@user:anne")});
  ExportRequest request = Matching({.resource_type = "document"});
  request.limit = 1;
  const auto page = db_->Export(request);
  ASSERT_TRUE(page.ok()) << page.status();
  request.filter.reset();
  request.cursor = page->cursor;
  EXPECT_EQ(RefusalOf(db_->Export(request).status()),
            Invalid(ErrorReason::kInvalidCursor));
  ReadRequest read;
  read.filter.resource_type = "document";
  read.cursor = page->cursor;
  EXPECT_EQ(RefusalOf(db_->Read(read).status()),
            Invalid(ErrorReason::kInvalidCursor));
}

TEST_F(ExportTest, AnEmptyDatabaseHasAnEmptyPage) {
  const auto page = db_->Export({});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->relationships, IsEmpty());
  EXPECT_FALSE(page->more);
  EXPECT_FALSE(page->read_at.empty());
}

}  // namespace
}  // namespace kith
