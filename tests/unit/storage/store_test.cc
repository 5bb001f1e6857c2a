#include "storage/store.h"

#include <string>
#include <vector>

#include "base/fault.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "kith/errors.h"
#include "unit/storage/store_model.h"

namespace kith::storage {
namespace {

const ModelKey kKey{1, "readme", 2, 3, "anne", 0};
const ModelKey kOther{1, "readme", 2, 3, "beth", 0};

absl::Time At(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

std::unique_ptr<Store> OpenInMemory() {
  StoreOptions options;
  options.in_memory = true;
  options.sketch_slots = 64;
  return *Store::Open(options);
}

// One commit that writes `key`; its time is the revision in seconds.
absl::Status PutOne(Store& store, const ModelKey& key,
                    const TupleValue& value = {}) {
  auto group = store.Begin();
  group->BeginCommit(At(static_cast<int64_t>(group->revision()) + 1));
  if (auto status = group->Put(key.View(), value); !status.ok()) return status;
  return store.Commit(std::move(group), {});
}

bool Has(Snapshot& snapshot, const ModelKey& key) {
  const auto found = snapshot.Get(key.View(), nullptr);
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() && *found;
}

// Removes its hook even when the test fails.
class ScopedFault {
 public:
  ScopedFault(std::string point, FaultHook hook) : point_(std::move(point)) {
    SetFaultHook(point_, std::move(hook));
  }
  ~ScopedFault() { SetFaultHook(point_, {}); }

 private:
  const std::string point_;
};

TEST(StoreTest, NewStoreIsEmptyAtRevisionZero) {
  auto store = OpenInMemory();
  EXPECT_EQ(0u, store->head());
  EXPECT_EQ(0u, store->Stats().horizon);
  EXPECT_EQ(16u, store->database_id().size());
  EXPECT_EQ(16u, store->mac_key().size());
  EXPECT_NE(store->database_id(), store->mac_key());
  EXPECT_NE(store->database_id(), OpenInMemory()->database_id());
  EXPECT_TRUE(Drain(store->AtHead()->Scan({})).empty());
  EXPECT_EQ(std::nullopt, *store->SchemaAt(0));
}

TEST(StoreTest, RevisionBeyondTheHeadIsOutOfRange) {
  auto store = OpenInMemory();
  EXPECT_EQ(absl::StatusCode::kOutOfRange, store->At(1).status().code());
  ASSERT_TRUE(PutOne(*store, kKey).ok());
  EXPECT_TRUE(store->At(1).ok());
}

TEST(StoreTest, NothingOfAGroupShowsBeforeItIsPublished) {
  auto store = OpenInMemory();
  ASSERT_TRUE(PutOne(*store, kKey).ok());
  for (const char* point :
       {"storage.commit.after_write", "storage.commit.before_publish"}) {
    int hits = 0;
    const ScopedFault fault(point, [&] {
      ++hits;
      const auto snapshot = store->AtHead();
      EXPECT_TRUE(Has(*snapshot, kKey));
      EXPECT_FALSE(Has(*snapshot, kOther));
      const auto rows = Drain(snapshot->Scan({}));
      EXPECT_EQ(1u, rows.size());
      EXPECT_EQ(kKey, rows.at(0).first);
      return absl::OkStatus();
    });
    auto group = store->Begin();
    group->BeginCommit(At(9));
    ASSERT_TRUE(group->Delete(kKey.View()).ok());
    ASSERT_TRUE(group->Put(kOther.View(), {}).ok());
    group->BeginCommit(At(9));
    ASSERT_TRUE(group->Put(kKey.View(), {}).ok());
    ASSERT_TRUE(group->Delete(kOther.View()).ok());
    CommitGroup(*store, std::move(group));
    EXPECT_EQ(1, hits);
  }
}

// A commit slips in between a reader's two steps: whichever came first, the
// read is as of its own revision.
TEST(StoreTest, ACommitBetweenTheStepsOfAReadDoesNotShow) {
  auto store = OpenInMemory();
  ASSERT_TRUE(PutOne(*store, kKey).ok());
  const auto snapshot = store->AtHead();
  const auto expected = Drain(snapshot->Scan({}));
  ASSERT_EQ(1u, expected.size());
  int commits = 0;
  const ScopedFault fault("storage.read.between_view_and_sketch", [&] {
    auto group = store->Begin();
    group->BeginCommit(At(9));
    EXPECT_TRUE(group->Delete(kKey.View()).ok());
    EXPECT_TRUE(group->Put(kOther.View(), {}).ok());
    if (++commits == 2) {
      group->BeginCommit(At(9));
      EXPECT_TRUE(group->Put(kKey.View(), {}).ok());
      EXPECT_TRUE(group->Delete(kOther.View()).ok());
    }
    CommitGroup(*store, std::move(group));
    return absl::OkStatus();
  });
  EXPECT_EQ(expected, Drain(snapshot->Scan({}, ScanOrder::kForward, nullptr)));
  EXPECT_FALSE(Has(*snapshot, kOther));  // the second commit slips in here
  EXPECT_EQ(expected, Drain(snapshot->Scan({}, ScanOrder::kReverse, nullptr)));
  EXPECT_TRUE(Has(*snapshot, kKey));
  EXPECT_EQ(4, commits);
}

TEST(StoreTest, BeforePublishRunsAfterTheWriteAndBeforeTheHead) {
  auto store = OpenInMemory();
  std::vector<std::string> order;
  const ScopedFault written("storage.commit.after_write", [&] {
    order.push_back(fmt::format("written at head {}", store->head()));
    return absl::OkStatus();
  });
  const ScopedFault published("storage.commit.after_publish", [&] {
    order.push_back(fmt::format("published at head {}", store->head()));
    return absl::OkStatus();
  });
  auto group = store->Begin();
  group->BeginCommit(At(1));
  group->BeginCommit(At(1));
  ASSERT_TRUE(store
                  ->Commit(std::move(group),
                           [&](Revision head) {
                             order.push_back(fmt::format("told {} at head {}",
                                                         head, store->head()));
                           })
                  .ok());
  EXPECT_EQ((std::vector<std::string>{"written at head 0", "told 2 at head 0",
                                      "published at head 2"}),
            order);
}

TEST(StoreTest, RowsMadeAndEndedInOneGroupKeepTheirRevisions) {
  auto store = OpenInMemory();
  auto group = store->Begin();
  TupleValue first;
  first.caveat = 7;
  group->BeginCommit(At(1));
  ASSERT_TRUE(group->Put(kKey.View(), first).ok());
  group->BeginCommit(At(1));
  ASSERT_TRUE(group->Put(kKey.View(), {}).ok());
  group->BeginCommit(At(1));
  ASSERT_TRUE(group->Delete(kKey.View()).ok());
  CommitGroup(*store, std::move(group));
  TupleValue value;
  EXPECT_TRUE(*(*store->At(1))->Get(kKey.View(), &value));
  EXPECT_EQ(1u, value.created);
  const auto second = *store->At(2);
  EXPECT_TRUE(*second->Get(kKey.View(), &value));
  EXPECT_EQ(2u, value.created);
  EXPECT_EQ(kNoSymbol, value.caveat);
  EXPECT_FALSE(Has(**store->At(3), kKey));
}

TEST(StoreTest, ChangingARelationshipTwiceInACommitSpoilsTheGroup) {
  auto store = OpenInMemory();
  auto group = store->Begin();
  group->BeginCommit(At(1));
  ASSERT_TRUE(group->Put(kKey.View(), {}).ok());
  EXPECT_EQ(absl::StatusCode::kInternal, group->Delete(kKey.View()).code());
  EXPECT_EQ(absl::StatusCode::kInternal,
            store->Commit(std::move(group), {}).code());
  EXPECT_EQ(0u, store->head());
  EXPECT_TRUE(PutOne(*store, kKey).ok());  // only the group was lost
}

TEST(StoreTest, IdsWithZeroBytesAreRefusedAndNeverFound) {
  auto store = OpenInMemory();
  ASSERT_TRUE(PutOne(*store, kKey).ok());
  // Without the refusal these bytes would read as another relationship's.
  ModelKey odd = kKey;
  odd.resource_id = std::string("readme\0\2", 8);
  EXPECT_FALSE(Has(*store->AtHead(), odd));
  TupleFilter filter;
  filter.resource_type = Symbol{1};
  filter.resource_id = odd.resource_id;
  EXPECT_TRUE(Drain(store->AtHead()->Scan(filter)).empty());
  auto group = store->Begin();
  group->BeginCommit(At(1));
  EXPECT_EQ(absl::StatusCode::kInvalidArgument,
            group->Put(odd.View(), {}).code());
}

TEST(StoreTest, CommitTimeNeverGoesBack) {
  auto store = OpenInMemory();
  auto group = store->Begin();
  group->BeginCommit(At(10));
  group->BeginCommit(At(5));
  CommitGroup(*store, std::move(group));
  EXPECT_EQ(At(10), store->last_commit_time());
  std::vector<absl::Time> times;
  ASSERT_TRUE(store
                  ->ReadLog(0, 2,
                            [&](const CommitRecord& record) {
                              times.push_back(record.commit_time);
                              return true;
                            })
                  .ok());
  EXPECT_EQ((std::vector<absl::Time>{At(10), At(10)}), times);
}

TEST(StoreTest, ReadLogStopsWhenToldAndAtThrough) {
  auto store = OpenInMemory();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(PutOne(*store, kKey).ok());
  std::vector<Revision> seen;
  const auto collect = [&](const CommitRecord& record) {
    seen.push_back(record.revision);
    return record.revision != 4;
  };
  ASSERT_TRUE(store->ReadLog(1, 3, collect).ok());
  EXPECT_EQ((std::vector<Revision>{2, 3}), seen);
  seen.clear();
  ASSERT_TRUE(store->ReadLog(2, 100, collect).ok());
  EXPECT_EQ((std::vector<Revision>{3, 4}), seen);
  seen.clear();
  ASSERT_TRUE(store->ReadLog(5, 100, collect).ok());
  EXPECT_TRUE(seen.empty());
}

TEST(StoreTest, ReadCommitGivesRowsAboveTheHorizonOnly) {
  auto store = OpenInMemory();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(PutOne(*store, kKey).ok());
  const auto row = store->ReadCommit(3);
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ((*row)->revision(), 3u);
  ASSERT_EQ(*store->CollectGarbage(At(3)), 3u);
  EXPECT_EQ(store->ReadCommit(3).status().code(),
            absl::StatusCode::kOutOfRange)
      << "the horizon's own row is kept, but what it changed is not";
  EXPECT_TRUE(store->ReadCommit(4).ok());
}

class FailedWriteTest : public testing::TestWithParam<const char*> {};

TEST_P(FailedWriteTest, PoisonsEveryLaterCommitAndShowsNothing) {
  auto store = OpenInMemory();
  ASSERT_TRUE(PutOne(*store, kKey).ok());
  {
    const ScopedFault fault(
        GetParam(), [] { return absl::UnavailableError("disk is gone"); });
    const absl::Status status = PutOne(*store, kOther);
    EXPECT_EQ(absl::StatusCode::kUnavailable, status.code());
    EXPECT_EQ(ErrorReason::kServiceReadOnly, GetErrorInfo(status)->reason);
  }
  const absl::Status later = PutOne(*store, kOther);
  EXPECT_EQ(absl::StatusCode::kUnavailable, later.code());
  EXPECT_EQ(ErrorReason::kServiceReadOnly, GetErrorInfo(later)->reason);
  EXPECT_EQ(absl::StatusCode::kUnavailable,
            store->CollectGarbage(At(99)).status().code());
  EXPECT_EQ(1u, store->head());
  const auto snapshot = store->AtHead();
  EXPECT_TRUE(Has(*snapshot, kKey));
  EXPECT_FALSE(Has(*snapshot, kOther));
  EXPECT_EQ(1u, Drain(snapshot->Scan({})).size());
}

INSTANTIATE_TEST_SUITE_P(Points, FailedWriteTest,
                         testing::Values("storage.commit.before_write",
                                         "storage.commit.after_write",
                                         "storage.commit.before_publish"));

TEST(StoreTest, FailedHorizonWritePoisons) {
  auto store = OpenInMemory();
  ASSERT_TRUE(PutOne(*store, kKey).ok());
  const ScopedFault fault("storage.gc.before_horizon",
                          [] { return absl::UnavailableError("no"); });
  EXPECT_EQ(absl::StatusCode::kUnavailable,
            store->CollectGarbage(At(1)).status().code());
  EXPECT_EQ(absl::StatusCode::kUnavailable, PutOne(*store, kKey).code());
}

TEST(StoreTest, SnapshotHoldsTheHorizon) {
  auto store = OpenInMemory();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(PutOne(*store, kKey).ok());
  auto snapshot = *store->At(4);
  EXPECT_EQ(4u, *store->CollectGarbage(At(8)));
  TupleValue value;
  ASSERT_TRUE(*snapshot->Get(kKey.View(), &value));
  EXPECT_EQ(4u, value.created);
  snapshot.reset();
  EXPECT_EQ(8u, *store->CollectGarbage(At(8)));
  EXPECT_EQ(absl::StatusCode::kOutOfRange, store->At(7).status().code());
  EXPECT_EQ(8u, *store->CollectGarbage(At(2)));  // never back
}

TEST(StoreTest, ExpiredRowsGoWithGarbageCollectionOnly) {
  auto store = OpenInMemory();
  TupleValue value;
  value.expires_at = At(50);
  ASSERT_TRUE(PutOne(*store, kKey, value).ok());
  EXPECT_TRUE(Has(*store->AtHead(), kKey));
  ASSERT_TRUE(store->CollectGarbage(At(50) - absl::Nanoseconds(1)).ok());
  EXPECT_TRUE(Has(*store->AtHead(), kKey));
  ASSERT_TRUE(store->CollectGarbage(At(50)).ok());
  EXPECT_FALSE(Has(*store->AtHead(), kKey));
  EXPECT_TRUE(Drain(store->AtHead()->Scan({})).empty());
}

TEST(StoreTest, SymbolsAreSeenByTheirGroupAtOnceAndByOthersAfterItCommits) {
  auto store = OpenInMemory();
  auto abandoned = store->Begin();
  EXPECT_EQ(1, *abandoned->Intern("user"));
  abandoned.reset();
  auto group = store->Begin();
  EXPECT_EQ(1, *group->Intern("document"));
  EXPECT_EQ(2, *group->Intern("user"));
  EXPECT_EQ(1, *group->Intern("document"));
  EXPECT_EQ(std::nullopt, store->FindSymbol("user"));
  group->BeginCommit(At(1));
  CommitGroup(*store, std::move(group));
  EXPECT_EQ(Symbol{2}, store->FindSymbol("user"));
  EXPECT_EQ("user", store->SymbolName(2));
  EXPECT_EQ("", store->SymbolName(3));
  EXPECT_EQ(std::nullopt, store->FindSymbol("abandoned"));
}

TEST(StoreTest, CountersAreSeenByTheirGroupAtOnceAndByOthersAfterItCommits) {
  auto store = OpenInMemory();
  auto group = store->Begin();
  group->BeginCommit(At(1));
  ASSERT_TRUE(group->PutCounter("one", "first").ok());
  ASSERT_TRUE(group->PutCounter("two", "second").ok());
  group->BeginCommit(At(2));
  ASSERT_TRUE(group->DeleteCounter("two").ok());
  EXPECT_EQ("first", group->GetCounter("one")->value_or("none"));
  EXPECT_EQ(std::nullopt, *group->GetCounter("two"));
  EXPECT_EQ(1u, *group->CountCounters());
  EXPECT_EQ(std::nullopt, *store->FindCounter("one"));
  ASSERT_TRUE(store->Commit(std::move(group), {}).ok());
  EXPECT_EQ(2u, store->head());
  EXPECT_EQ("first", store->FindCounter("one")->value_or("none"));
  EXPECT_EQ(std::nullopt, *store->FindCounter("two"));
  // Names that begin others, and rows that are no counters, are apart.
  EXPECT_EQ(std::nullopt, *store->FindCounter("on"));
  EXPECT_EQ(1u, *store->Begin()->CountCounters());
}

TEST(StoreTest, NamesRunOutAfter65535) {
  auto store = OpenInMemory();
  auto group = store->Begin();
  group->BeginCommit(At(1));
  for (int i = 1; i <= 65'535; ++i) {
    ASSERT_EQ(i, *group->Intern(fmt::format("name{}", i)));
  }
  EXPECT_EQ(absl::StatusCode::kResourceExhausted,
            group->Intern("one too many").status().code());
  CommitGroup(*store, std::move(group));
  EXPECT_EQ("name65535", store->SymbolName(65'535));
  EXPECT_EQ(std::nullopt, store->FindSymbol("one too many"));
  EXPECT_EQ(absl::StatusCode::kResourceExhausted,
            store->Begin()->Intern("one too many").status().code());
}

TEST(BestOrderTest, PrefersTheOrderWhosePrefixPinsAnId) {
  TupleFilter filter;
  EXPECT_EQ(ScanOrder::kForward, BestOrder(filter));
  filter.resource_type = Symbol{1};
  filter.subject_type = Symbol{2};
  EXPECT_EQ(ScanOrder::kForward, BestOrder(filter));
  filter.subject_id = "anne";
  EXPECT_EQ(ScanOrder::kReverse, BestOrder(filter));
  filter.resource_id_prefix = "rea";
  EXPECT_EQ(ScanOrder::kReverse, BestOrder(filter));
  filter.resource_id = "readme";
  filter.relation = Symbol{3};
  EXPECT_EQ(ScanOrder::kForward, BestOrder(filter));
  TupleFilter unanchored;  // an id without its type begins no key
  unanchored.subject_id = "anne";
  unanchored.resource_type = Symbol{1};
  EXPECT_EQ(ScanOrder::kForward, BestOrder(unanchored));
}

}  // namespace
}  // namespace kith::storage
