// What a watch may ask for, where it may start, when it ends, and its wake-ups.

#include <atomic>
#include <future>
#include <thread>

#include "watch_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

TEST_F(WatchTest, WithoutAStartItBeginsAtTheNewestRevision) {
  MustWrite({Touch("document:a#owner@user:anne")});
  auto watcher = MustWatch();
  EXPECT_THAT(DrainTexts(watcher.get()), IsEmpty());
  MustWrite({Touch("document:b#owner@user:anne")});
  EXPECT_THAT(DrainTexts(watcher.get()),
              ElementsAre("+document:b#owner@user:anne"));
}

TEST_F(WatchTest, KindsAreDeliveredAsAskedFor) {
  WatchRequest request;
  request.relationship_updates = false;
  request.schema_updates = true;
  auto schema_only = MustWatch(request);
  auto updates_only = MustWatch();
  MustWrite({Touch("document:b#owner@user:anne")});
  ASSERT_TRUE(
      db_->WriteSchema(std::string(kTestSchema) + "\ndefinition folder {}\n")
          .ok());
  EXPECT_THAT(DrainTexts(schema_only.get()), ElementsAre("schema"));
  EXPECT_THAT(DrainTexts(updates_only.get()),
              ElementsAre("+document:b#owner@user:anne"));
}

TEST_F(WatchTest, MetadataComesWithTheUpdatesOfItsWrite) {
  WriteRequest request;
  request.updates = {Touch("document:b#owner@user:anne")};
  request.metadata["who"] = Value{std::string("anne")};
  auto watcher = MustWatch();
  ASSERT_TRUE(db_->Write(request).ok());
  // Changes nothing, but is a commit: there is no update to come with.
  request.metadata["who"] = Value{std::string("bob")};
  ASSERT_TRUE(db_->Write(request).ok());
  DeleteRequest deletion;
  deletion.filter.resource_type = "document";
  deletion.metadata["why"] = Value{true};
  ASSERT_TRUE(db_->DeleteByFilter(deletion).ok());
  const std::vector<WatchEvent> events = Drain(watcher.get());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].metadata.at("who"), Value{std::string("anne")});
  EXPECT_EQ(Describe(events[1]), "-document:b#owner@user:anne metadata");
  EXPECT_EQ(events[1].metadata.at("why"), Value{true});
}

TEST_F(WatchTest, RequestsThatMakeNoSenseAreRefused) {
  WatchRequest both;
  both.object_types = {"document"};
  both.filters.emplace_back().resource_type = "document";
  EXPECT_EQ(RefusalOf(WatchStatus(both)), Invalid());
  WatchRequest nothing;
  nothing.relationship_updates = false;
  EXPECT_EQ(RefusalOf(WatchStatus(nothing)), Invalid());
  WatchRequest empty;
  empty.filters.emplace_back();
  EXPECT_EQ(RefusalOf(WatchStatus(empty)),
            Invalid(ErrorReason::kInvalidFilter));
  WatchRequest malformed;
  malformed.object_types = {"No!"};
  EXPECT_EQ(RefusalOf(WatchStatus(malformed)), Invalid());
  WatchRequest unknown;
  unknown.object_types = {"document", "nosuch"};
  EXPECT_EQ(RefusalOf(WatchStatus(unknown)),
            Failed(ErrorReason::kUnknownDefinition));
  WatchRequest relation;
  relation.filters.push_back(
      {.resource_type = "document", .relation = "nosuch"});
  EXPECT_EQ(RefusalOf(WatchStatus(relation)),
            Failed(ErrorReason::kUnknownRelationOrPermission));
  EXPECT_EQ(db_->Stats().watchers, 0u) << "a refused watch holds no place";
}

TEST_F(WatchTest, TypesOfTheStartOrOfNowMayBeWatched) {
  const Token start = MustWrite({Touch("document:b#owner@user:anne")});
  ASSERT_TRUE(db_->WriteSchema("definition user {} definition folder {\n"
                               "relation owner: user }")
                  .status()
                  .code() == absl::StatusCode::kInvalidArgument);
  MustWrite({Delete("document:b#owner@user:anne")});
  ASSERT_TRUE(db_->WriteSchema("definition user {} definition folder {\n"
                               "relation owner: user }")
                  .ok());
  MustWrite({Touch("folder:f#owner@user:anne")});
  WatchRequest request;
  request.start = start;
  request.object_types = {"document"};
  EXPECT_THAT(DrainTexts(MustWatch(request).get()),
              ElementsAre("-document:b#owner@user:anne"));
  request.object_types = {"folder"};
  EXPECT_THAT(DrainTexts(MustWatch(request).get()),
              ElementsAre("+folder:f#owner@user:anne"));
  request.object_types = {"document"};
  request.start.clear();
  EXPECT_EQ(RefusalOf(WatchStatus(request)),
            Failed(ErrorReason::kUnknownDefinition));
}

TEST_F(WatchTest, ANameThatIsYetToBeWrittenMatchesOnceItIs) {
  WatchRequest request;
  request.filters.emplace_back().relation = "reviewer";
  auto watcher = MustWatch(request);
  MustWrite({Touch("document:b#owner@user:anne")});
  EXPECT_THAT(DrainTexts(watcher.get()), IsEmpty());
  ASSERT_TRUE(db_->WriteSchema(std::string(kTestSchema) +
                               "\ndefinition folder { relation reviewer: "
                               "user }\n")
                  .ok());
  MustWrite({Touch("folder:f#reviewer@user:anne")});
  EXPECT_THAT(DrainTexts(watcher.get()),
              ElementsAre("+folder:f#reviewer@user:anne"));
}

TEST_F(WatchTest, StartsThatAreNoneAreRefused) {
  WatchRequest request;
  request.start = "no token";
  EXPECT_EQ(WatchStatus(request).code(), absl::StatusCode::kInvalidArgument);
  Options other = options_;
  auto elsewhere = Database::Open(other);
  ASSERT_TRUE(elsewhere.ok());
  request.start = (*elsewhere)->WriteSchema(kTestSchema)->written_at;
  EXPECT_EQ(WatchStatus(request).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(WatchStatus(request)), HasSubstr("another database"));
}

TEST_F(WatchTest, ACollectedStartNamesItsRevision) {
  WatchRequest request;
  request.start = MustWrite({Touch("document:a#owner@user:anne")});
  const uint64_t revision = Head();
  const Token kept = MustWrite({Touch("document:b#owner@user:anne")});
  CollectAll();
  const absl::Status status = WatchStatus(request);
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(Message(status),
              HasSubstr("revision " + std::to_string(revision) + " of"));
  EXPECT_THAT(Message(status), HasSubstr("has expired"));
  request.start = kept;
  EXPECT_TRUE(WatchStatus(request).ok()) << "the horizon itself is readable";
}

TEST_F(WatchTest, AWatchThatLagsBehindTheHorizonEnds) {
  auto watcher = MustWatch();
  const Token last = MustWrite({Touch("document:a#owner@user:anne")});
  EXPECT_EQ(MustGet(watcher.get()).changes_through, last);
  MustWrite({Touch("document:b#owner@user:anne")});
  MustWrite({Touch("document:c#owner@user:anne")});
  CollectAll();
  for (int again = 0; again < 2; ++again) {
    const absl::Status status = watcher->Poll().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
    EXPECT_THAT(Message(status), HasSubstr("was collected"));
    EXPECT_EQ(MetadataOf(status).at("last_token"), last);
  }
  // Whoever waits hears of it at once.
  std::promise<void> woken;
  watcher->WakeOnce([&] { woken.set_value(); });
  woken.get_future().get();
  EXPECT_EQ(db_->Stats().watchers_cut_off, 1u);
}

TEST_F(WatchTest, AWatchThatKeepsUpSurvivesCollectionsForEver) {
  WatchRequest request;
  request.object_types = {"team"};
  auto watcher = MustWatch(request);
  for (int i = 0; i < 5; ++i) {
    WriteMany("d" + std::to_string(i) + "-", 2);
    EXPECT_THAT(DrainTexts(watcher.get()), IsEmpty());
    CollectAll();
  }
  MustWrite({Touch("team:eng#member@user:anne")});
  EXPECT_THAT(DrainTexts(watcher.get()),
              ElementsAre("+team:eng#member@user:anne"));
}

TEST_F(WatchTest, AWatchResumesAfterARestart) {
  support::TempDir dir;
  options_.path = dir / "db";
  Open();
  WatchRequest request;
  request.start = MustWrite({Touch("document:a#owner@user:anne")});
  MustWrite({Touch("document:b#owner@user:anne")});
  db_.reset();
  auto opened = Database::Open(options_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  db_ = *std::move(opened);
  auto watcher = MustWatch(request);
  MustWrite({Touch("document:c#owner@user:anne")});
  EXPECT_THAT(DrainTexts(watcher.get()),
              ElementsAre("+document:b#owner@user:anne",
                          "+document:c#owner@user:anne"));
}

TEST_F(WatchTest, ManyCommitsThatDoNotMatchArePassedOverInSteps) {
  WatchRequest request;
  request.start = MustWrite({Touch("document:a#owner@user:anne")});
  request.object_types = {"team"};
  constexpr int kCommits = 2500;
  std::atomic<int> left = kCommits;
  std::promise<void> all;
  for (int i = 0; i < kCommits; ++i) {
    db_->WriteAsync(
        {.updates = {Touch(Relationship(
             ObjectRef("document", std::to_string(i)), "owner", "user:anne"))},
         .preconditions = {},
         .metadata = {}},
        [&](const absl::StatusOr<WriteResult>& result) {
          EXPECT_TRUE(result.ok()) << result.status();
          if (--left == 0) all.set_value();
        });
  }
  all.get_future().get();
  MustWrite({Touch("team:eng#member@user:anne")});
  auto watcher = MustWatch(request);
  const auto breath = watcher->Poll();
  ASSERT_TRUE(breath.ok());
  EXPECT_FALSE(breath->has_value());
  bool woken = false;
  watcher->WakeOnce([&] { woken = true; });
  EXPECT_TRUE(woken) << "there is more, so the wake-up comes at once";
  EXPECT_EQ(Describe(MustGet(watcher.get())), "+team:eng#member@user:anne");
}

TEST_F(WatchTest, TooManyWatchesAreRefusedUntilOneEnds) {
  options_.max_watchers = 2;
  Open();
  auto one = MustWatch();
  auto two = MustWatch();
  EXPECT_EQ(WatchStatus({}).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(db_->Stats().watchers, 2u);
  one.reset();
  EXPECT_TRUE(WatchStatus({}).ok());
}

TEST_F(WatchTest, DisconnectSaysWhereToResume) {
  auto watcher = MustWatch();
  const Token first = MustWrite({Touch("document:a#owner@user:anne")});
  MustGet(watcher.get());
  MustWrite({Touch("document:b#owner@user:anne")});
  const absl::Status status = watcher->Disconnect("the test says so");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(status),
              HasSubstr("watch disconnected: the test says so"));
  EXPECT_EQ(MetadataOf(status).at("resume_token"), first);
  EXPECT_EQ(watcher->Poll().status(), status);
  WatchRequest request;
  request.start = first;
  EXPECT_THAT(DrainTexts(MustWatch(request).get()),
              ElementsAre("+document:b#owner@user:anne"));
}

TEST_F(WatchTest, NextGivesUpAfterItsTimeout) {
  auto watcher = MustWatch();
  const auto event = watcher->Next(absl::Milliseconds(1));
  ASSERT_TRUE(event.ok());
  EXPECT_FALSE(event->has_value());
  MustWrite({Touch("document:a#owner@user:anne")});
  EXPECT_EQ(Describe(MustGet(watcher.get())), "+document:a#owner@user:anne");
}

TEST_F(WatchTest, NoWakeUpIsLostWhileAWriterRaces) {
  constexpr int kCommits = 300;
  auto watcher = MustWatch();
  std::thread writer([this] {
    for (int i = 0; i < kCommits; ++i) {
      WriteMany("d" + std::to_string(i) + "-", 1);
    }
  });
  for (int i = 0; i < kCommits; ++i) {
    EXPECT_EQ(Describe(MustGet(watcher.get())),
              "+document:d" + std::to_string(i) + "-0#owner@user:anne");
  }
  writer.join();
}

TEST_F(WatchTest, AWakeUpThatWasTakenBackDoesNotCome) {
  auto watcher = MustWatch();
  std::atomic<int> woken = 0;
  watcher->WakeOnce([&] { ++woken; });
  EXPECT_TRUE(watcher->CancelWake());
  EXPECT_FALSE(watcher->CancelWake()) << "there is none";
  MustWrite({Touch("document:a#owner@user:anne")});
  MustGet(watcher.get());
  EXPECT_EQ(woken, 0);
}

// Whatever the race between wake-up and destruction: after the latter nothing
// runs.
TEST_F(WatchTest, NoWakeUpComesAfterDestruction) {
  for (int i = 0; i < 200; ++i) {
    auto watcher = MustWatch();
    auto alive = std::make_unique<std::atomic<bool>>(true);
    watcher->WakeOnce([flag = alive.get()] { EXPECT_TRUE(*flag); });
    std::promise<void> written;
    db_->WriteAsync(
        {.updates = {Touch(Relationship(
             ObjectRef("document", std::to_string(i)), "owner", "user:anne"))},
         .preconditions = {},
         .metadata = {}},
        [&](const auto&) { written.set_value(); });
    watcher.reset();
    *alive = false;
    written.get_future().get();
  }
}

TEST_F(WatchTest, AWatcherMayEndInItsOwnWakeUp) {
  std::unique_ptr<Watcher> watcher = MustWatch();
  std::promise<void> ended;
  watcher->WakeOnce([&] {
    watcher.reset();
    ended.set_value();
  });
  MustWrite({Touch("document:a#owner@user:anne")});
  ended.get_future().get();
  EXPECT_EQ(db_->Stats().watchers, 0u);
}

TEST_F(WatchTest, ManyWatchersOfOneCommitEachGetIt) {
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < 100; ++i) watchers.push_back(MustWatch());
  const Token token = WriteMany("d", 100);
  for (const auto& watcher : watchers) {
    EXPECT_EQ(MustGet(watcher.get()).changes_through, token);
  }
  EXPECT_EQ(db_->Stats().watch_events, 100u);
}

}  // namespace
}  // namespace kith
