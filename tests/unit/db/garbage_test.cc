#include <string>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GarbageTest : public DatabaseTest {
 protected:
  void SetUp() override {
    options_.gc_window = absl::Seconds(100);
    Open();
  }

  static ReadRequest AtSnapshot(const Token& token) {
    ReadRequest request;
    request.filter.resource_type = "document";
    request.consistency = Consistency::AtExactSnapshot(token);
    return request;
  }

  void ExpectExpired(const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("invalid revision: revision has expired"));
  }
};

TEST_F(GarbageTest, RevisionsAreKeptForTheWindowAndThenRefused) {
  const Token old = MustWrite({Create("document:one#owner@user:anne")});
  clock_.Advance(absl::Seconds(10));
  const Token young = MustWrite({Delete("document:one#owner@user:anne")});
  clock_.Advance(absl::Seconds(90));
  ASSERT_TRUE(db_->CollectGarbage().ok());
  EXPECT_THAT(Stored(Consistency::AtExactSnapshot(old)),
              ElementsAre("document:one#owner@user:anne"))
      << "the newest at the window's edge must stay";
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(db_->CollectGarbage().ok());
  ExpectExpired(db_->Read(AtSnapshot(old)).status());
  EXPECT_THAT(Stored(Consistency::AtExactSnapshot(young)), IsEmpty());
  EXPECT_TRUE(db_->Check({.resource = "document:one",
                          .permission = "view",
                          .subject = "user:anne",
                          .context = {},
                          .consistency = Consistency::AtLeastAsFresh(old)})
                  .ok())
      << "any revision is fresher than an expired one";
}

TEST_F(GarbageTest, CursorsExpireWithTheirRevision) {
  MustWrite({Create("document:one#owner@user:anne"),
             Create("document:two#owner@user:anne")});
  ReadRequest request;
  request.filter.resource_type = "document";
  request.limit = 1;
  const auto page = db_->Read(request);
  ASSERT_TRUE(page.ok()) << page.status();
  request.cursor = page->items[0].cursor;
  MustWrite({Create("document:six#owner@user:anne")});
  clock_.Advance(absl::Seconds(101));
  EXPECT_TRUE(db_->Read(request).ok());
  ASSERT_TRUE(db_->CollectGarbage().ok());
  ExpectExpired(db_->Read(request).status());
}

TEST_F(GarbageTest, TheHeadIsNeverCollected) {
  MustWrite({Create("document:one#owner@user:anne")});
  const Token head = MustWrite({Create("document:two#owner@user:anne")});
  clock_.Advance(absl::Hours(1000));
  ASSERT_TRUE(db_->CollectGarbage().ok());
  ASSERT_TRUE(db_->CollectGarbage().ok());
  EXPECT_EQ(db_->Stats().gc_horizon_revision, Head());
  EXPECT_THAT(Stored(Consistency::AtExactSnapshot(head)),
              ElementsAre("document:one#owner@user:anne",
                          "document:two#owner@user:anne"));
}

TEST_F(GarbageTest, TheSchemaOfAKeptRevisionIsKept) {
  const Token old = MustWrite({Create("document:one#owner@user:anne")});
  ASSERT_TRUE(
      db_->WriteSchema(std::string(kTestSchema) +
                       "\ndefinition folder {\n\trelation owner: user\n}")
          .ok());
  clock_.Advance(absl::Seconds(50));
  ASSERT_TRUE(db_->CollectGarbage().ok());
  EXPECT_EQ(
      RefusalOf(db_->Check({.resource = "folder:one",
                            .permission = "owner",
                            .subject = "user:anne",
                            .context = {},
                            .consistency = Consistency::AtExactSnapshot(old)})
                    .status()),
      Failed(ErrorReason::kUnknownDefinition));
  EXPECT_TRUE(db_->Read(AtSnapshot(old)).ok());
}

}  // namespace
}  // namespace kith
