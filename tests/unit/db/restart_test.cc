#include <string>
#include <vector>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RestartTest : public DatabaseTest {
 protected:
  void SetUp() override {
    options_.path = dir_ / "db";
    Open();
  }

  void Restart() {
    db_.reset();
    auto opened = Database::Open(options_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    db_ = *std::move(opened);
  }

  support::TempDir dir_;
};

TEST_F(RestartTest, EverythingIsThereAsBefore) {
  const Token first = MustWrite(
      {Create(
           "document:one#viewer@user:anne[expiration:2099-01-01T00:00:00.5Z]"),
       Create("document:one#viewer@team:eng#member")});
  const Token second = MustWrite({Delete("document:one#viewer@team:eng#member"),
                                  Create("document:two#owner@user:bob")});
  const SchemaText schema = *db_->ReadSchema();
  const uint64_t head = Head();
  const std::vector<std::string> at_first =
      Stored(Consistency::AtExactSnapshot(first));
  const std::vector<std::string> at_second = Stored();

  Restart();
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(db_->ReadSchema()->text, schema.text);
  EXPECT_EQ(Stored(Consistency::AtExactSnapshot(first)), at_first);
  EXPECT_EQ(Stored(Consistency::AtExactSnapshot(second)), at_second);
  EXPECT_EQ(Stored(), at_second);
  EXPECT_EQ(db_->ReadSchema()->read_at, second) << "same token, same revision";

  MustWrite({Create("document:two#viewer@user:*")});
  EXPECT_EQ(Head(), head + 1);
}

TEST_F(RestartTest, ACursorGoesOnAfterwards) {
  MustWrite({Create("document:one#owner@user:anne"),
             Create("document:two#owner@user:anne")});
  ReadRequest request;
  request.filter.resource_type = "document";
  request.limit = 1;
  const auto page = db_->Read(request);
  ASSERT_TRUE(page.ok()) << page.status();
  MustWrite({Delete("document:two#owner@user:anne")});
  Restart();
  request.cursor = page->items[0].cursor;
  const auto rest = db_->Read(request);
  ASSERT_TRUE(rest.ok()) << rest.status();
  ASSERT_EQ(rest->items.size(), 1u);
  EXPECT_EQ(rest->items[0].relationship.ToString(),
            "document:two#owner@user:anne");
}

TEST_F(RestartTest, WhatHasExpiredStaysExpiredWhenTheClockIsSetBack) {
  MustWrite(
      {Create(Expiring("document:one#viewer@user:anne", absl::Seconds(10)))});
  clock_.Advance(absl::Seconds(10));
  MustWrite({Create("document:two#owner@user:bob")});  // keeps the time
  clock_.Advance(-absl::Hours(1));
  EXPECT_THAT(Stored(), ElementsAre("document:two#owner@user:bob"));
  Restart();
  EXPECT_THAT(Stored(), ElementsAre("document:two#owner@user:bob"));
}

TEST_F(RestartTest, TheHorizonStands) {
  options_.gc_window = absl::Seconds(1);
  Restart();
  const Token old = MustWrite({Create("document:one#owner@user:anne")});
  clock_.Advance(absl::Seconds(1));
  MustWrite({Create("document:two#owner@user:anne")});
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(db_->CollectGarbage().ok());
  Restart();
  ReadRequest request;
  request.filter.resource_type = "document";
  request.consistency = Consistency::AtExactSnapshot(old);
  EXPECT_EQ(db_->Read(request).status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(RestartTest, TokensFromTheFutureOfAnOlderCopyAreOutOfRange) {
  const std::string copy = dir_ / "copy";
  ASSERT_TRUE(db_->Checkpoint(copy).ok());
  const Token future = MustWrite({Create("document:one#owner@user:anne")});
  db_.reset();
  options_.path = copy;
  Restart();
  EXPECT_THAT(Stored(), IsEmpty());
  for (const auto make :
       {Consistency::AtLeastAsFresh, Consistency::AtExactSnapshot}) {
    ReadRequest request;
    request.filter.resource_type = "document";
    request.consistency = make(future);
    const absl::Status status = db_->Read(request).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
    EXPECT_THAT(std::string(status.message()), HasSubstr("not reached yet"));
  }
}

TEST_F(RestartTest, CheckpointIsAConsistentCopyAndRefusesAnExistingTarget) {
  MustWrite({Create("document:one#owner@user:anne")});
  const std::string copy = dir_ / "copy";
  ASSERT_TRUE(db_->Checkpoint(copy).ok());
  EXPECT_FALSE(db_->Checkpoint(copy).ok());
  MustWrite({Create("document:two#owner@user:anne")});
  db_.reset();
  options_.path = copy;
  Restart();
  EXPECT_THAT(Stored(), ElementsAre("document:one#owner@user:anne"));
}

}  // namespace
}  // namespace kith
