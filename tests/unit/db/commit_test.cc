#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/fault.h"
#include "database_fixture.h"
#include "db/committer.h"

// What many writers see of one another, and what a failed commit leaves.

namespace kith {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Holds the committer at a fault point until it is opened.
class Gate {
 public:
  explicit Gate(std::string_view point) : point_(point) {
    SetFaultHook(point_, [this] {
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [this] { return open_; });
      return absl::OkStatus();
    });
  }
  ~Gate() {
    Open();
    SetFaultHook(point_, {});
  }
  void AwaitArrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  const std::string point_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class CommitTest : public DatabaseTest {
 protected:
  void TearDown() override {
    SetFaultHook("committer.commit", {});
    SetFaultHook("committer.before_publish", {});
    SetFaultHook("committer.before_answer", {});
  }

  using Answer = absl::StatusOr<WriteResult>;
  std::future<Answer> Start(std::vector<Update> updates) {
    auto promise = std::make_shared<std::promise<Answer>>();
    WriteRequest request;
    request.updates = std::move(updates);
    db_->WriteAsync(std::move(request), [promise](Answer answer) {
      promise->set_value(std::move(answer));
    });
    return promise->get_future();
  }

  static Relationship Owner(std::string_view id, std::string_view user) {
    return Relationship(ObjectRef("document", id), "owner",
                        SubjectRef(ObjectRef("user", user)));
  }

  bool Has(const Relationship& relationship, Consistency consistency = {}) {
    const auto result = db_->Check({.resource = relationship.resource,
                                    .permission = relationship.relation,
                                    .subject = relationship.subject,
                                    .context = {},
                                    .consistency = std::move(consistency)});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() && result->has_permission();
  }
};

TEST_F(CommitTest, QueuedWritesShareOneSyncedWriteAndKeepTheirRevisions) {
  const DatabaseStats before = db_->Stats();
  std::vector<std::future<Answer>> answers;
  {
    Gate gate("committer.commit");
    answers.push_back(Start({Create(Owner("first", "anne"))}));
    gate.AwaitArrival();
    for (int i = 0; i < 10; ++i) {
      answers.push_back(
          Start({Create(Owner("doc" + std::to_string(i), "anne"))}));
    }
    // One refused in the middle, one that rests on an earlier of the group.
    answers.push_back(Start({Create(Owner("doc3", "anne"))}));
    answers.push_back(Start({Delete(Owner("doc4", "anne"))}));
  }
  std::vector<Answer> results;
  for (auto& answer : answers) results.push_back(answer.get());
  const DatabaseStats after = db_->Stats();
  EXPECT_EQ(after.commits - before.commits, 12u);
  EXPECT_EQ(after.commit_groups - before.commit_groups, 2u);
  EXPECT_EQ(results[11].status().code(), absl::StatusCode::kAlreadyExists);
  for (size_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(results[i + 1].ok()) << results[i + 1].status();
    const auto here = Consistency::AtExactSnapshot(results[i + 1]->written_at);
    for (size_t j = 0; j < 10; ++j) {
      EXPECT_EQ(Has(Owner("doc" + std::to_string(j), "anne"), here), j <= i);
    }
  }
  EXPECT_FALSE(Has(Owner("doc4", "anne")));
}

TEST_F(CommitTest, AGroupIsCutAtItsCost) {
  const uint64_t before = db_->Stats().commit_groups;
  constexpr int kDeletes = 25;
  std::atomic<int> answered{0};
  {
    Gate gate("committer.commit");
    const auto first = Start({Create(Owner("first", "anne"))});
    gate.AwaitArrival();
    DeleteRequest request;
    request.filter.resource_type = "document";
    request.filter.resource_id = "absent";
    request.metadata["why"] = Value{true};  // so that each is a commit
    for (int i = 0; i < kDeletes; ++i) {
      db_->DeleteByFilterAsync(request, [&](const auto& result) {
        if (result.ok()) ++answered;
      });
    }
  }
  MustWrite({});  // after all of them
  EXPECT_EQ(answered, kDeletes);
  // A delete without limit costs 1000, a group at most 10,000.
  EXPECT_EQ(db_->Stats().commit_groups - before, 1u + 3u);
}

TEST_F(CommitTest, AFullQueueRefusesAtOnceAndLosesNothing) {
  constexpr size_t kQueued = db::Committer::kMaxQueuedCommands;
  std::atomic<size_t> good{0};
  std::atomic<size_t> refused{0};
  {
    Gate gate("committer.commit");
    const auto first = Start({Create(Owner("first", "anne"))});
    gate.AwaitArrival();
    for (size_t i = 0; i < kQueued + 10; ++i) {
      db_->WriteAsync({}, [&](const Answer& answer) {
        if (answer.ok()) ++good;
        if (answer.status().code() == absl::StatusCode::kResourceExhausted) {
          ++refused;
        }
      });
    }
    EXPECT_EQ(refused, 10u);
  }
  db_.reset();
  EXPECT_EQ(good, kQueued);
}

TEST_F(CommitTest, NothingIsSeenBeforePublishAndEverythingWhenAnswered) {
  const Relationship relationship = Owner("one", "anne");
  std::future<Answer> answer;
  {
    Gate gate("committer.before_publish");
    answer = Start({Create(relationship)});
    gate.AwaitArrival();
    EXPECT_FALSE(Has(relationship));
    EXPECT_NE(answer.wait_for(std::chrono::seconds(0)),
              std::future_status::ready);
  }
  ASSERT_TRUE(answer.get().ok());
  EXPECT_TRUE(Has(relationship));
  {
    Gate gate("committer.before_answer");
    answer = Start({Delete(relationship)});
    gate.AwaitArrival();
    EXPECT_FALSE(Has(relationship)) << "published before it is answered";
    EXPECT_NE(answer.wait_for(std::chrono::seconds(0)),
              std::future_status::ready);
  }
  ASSERT_TRUE(answer.get().ok());
}

TEST_F(CommitTest, CallbacksRunInOrderOnceAndReadTheirWrites) {
  constexpr int kWrites = 200;
  std::vector<int> order;  // by the committer's thread alone
  std::vector<bool> seen(kWrites);
  std::promise<void> done;
  for (int i = 0; i < kWrites; ++i) {
    const Relationship relationship = Owner("doc" + std::to_string(i), "anne");
    WriteRequest request;
    request.updates = {Create(relationship)};
    db_->WriteAsync(std::move(request), [&, i, relationship](Answer answer) {
      order.push_back(i);
      seen[i] = answer.ok() && Has(relationship);
      if (i == kWrites - 1) done.set_value();
    });
  }
  done.get_future().wait();
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order.size(), static_cast<size_t>(kWrites));
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), kWrites);
}

TEST_F(CommitTest, RacingCreatesHaveOneWinner) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50;
  std::atomic<int> won{0};
  std::atomic<int> lost{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) {
        const auto status =
            WriteStatus({Create(Owner("doc" + std::to_string(i), "anne"))});
        if (status.ok()) ++won;
        if (status.code() == absl::StatusCode::kAlreadyExists) ++lost;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, kRounds);
  EXPECT_EQ(lost, kRounds * (kThreads - 1));
}

TEST_F(CommitTest, PreconditionsOfRacingWritersAreExact) {
  // Each thread takes the one token if no one has it, and gives it back.
  constexpr int kThreads = 4;
  constexpr int kRounds = 60;
  std::atomic<int> holders{0};
  std::atomic<bool> broken{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const Relationship mine = Owner("lock", "user" + std::to_string(t));
      for (int i = 0; i < kRounds; ++i) {
        WriteRequest take;
        take.updates = {Create(mine)};
        RelationshipFilter anyone;
        anyone.resource_type = "document";
        anyone.resource_id = "lock";
        take.preconditions = {{Precondition::Operation::kMustNotMatch, anyone}};
        if (!db_->Write(std::move(take)).ok()) continue;
        if (++holders != 1) broken = true;
        --holders;
        if (!WriteStatus({Delete(mine)}).ok()) broken = true;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(broken);
}

TEST_F(CommitTest, EachThreadReadsItsWritesAndHistoryIsOfOnePiece) {
  constexpr int kThreads = 3;
  constexpr int kWrites = 40;
  struct Written {
    Token token;
    std::string id;
  };
  std::vector<std::vector<Written>> written(kThreads);
  std::atomic<bool> stale{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kWrites; ++i) {
        const std::string id =
            "doc" + std::to_string(t) + "x" + std::to_string(i);
        const auto result = db_->Write({Create(Owner(id, "anne"))});
        if (!result.ok() || !Has(Owner(id, "anne"))) stale = true;
        if (result.ok()) written[t].push_back({result->written_at, id});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(stale);
  // Every revision holds exactly one write more than the one before it.
  std::vector<size_t> sizes;
  for (const auto& of_thread : written) {
    ASSERT_EQ(of_thread.size(), static_cast<size_t>(kWrites));
    size_t last = 0;
    for (const Written& one : of_thread) {
      const auto stored = Stored(Consistency::AtExactSnapshot(one.token));
      EXPECT_TRUE(std::binary_search(stored.begin(), stored.end(),
                                     Owner(one.id, "anne").ToString()));
      EXPECT_GT(stored.size(), last);
      last = stored.size();
      sizes.push_back(stored.size());
    }
  }
  std::sort(sizes.begin(), sizes.end());
  for (size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(sizes[i], i + 1);
}

TEST_F(CommitTest, AFailedCommitAnswersTheWholeGroupAndEndsWriting) {
  MustWrite({Create(Owner("before", "anne"))});
  const uint64_t head = Head();
  std::vector<std::future<Answer>> answers;
  {
    Gate gate("committer.before_answer");
    auto first = Start({Create(Owner("first", "anne"))});
    gate.AwaitArrival();
    SetFaultHook("committer.commit",
                 [] { return absl::DataLossError("the disk is gone"); });
    answers.push_back(Start({Create(Owner("one", "anne"))}));
    answers.push_back(Start({Create(Owner("two", "anne"))}));
    answers.push_back(Start({Create(Owner("before", "anne"))}));
    gate.Open();
    EXPECT_TRUE(first.get().ok());
  }
  for (auto& answer : answers) {
    const absl::Status status = answer.get().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("the disk is gone"));
  }
  SetFaultHook("committer.commit", {});
  const Refusal read_only{absl::StatusCode::kUnavailable,
                          ErrorReason::kServiceReadOnly};
  const absl::Status later = WriteStatus({Create(Owner("three", "anne"))});
  EXPECT_EQ(RefusalOf(later), read_only);
  EXPECT_THAT(std::string(later.message()), HasSubstr("the disk is gone"));
  EXPECT_EQ(RefusalOf(db_->WriteSchema("").status()), read_only);
  DeleteRequest request;
  request.filter.resource_type = "document";
  EXPECT_EQ(RefusalOf(db_->DeleteByFilter(request).status()), read_only);
  // Reading goes on, and nothing of the group is there.
  EXPECT_EQ(Head(), head + 1);
  EXPECT_TRUE(Has(Owner("before", "anne")));
  EXPECT_FALSE(Has(Owner("one", "anne")));
}

TEST_F(CommitTest, AnUnchangedSchemaStaysAfterAFailedSchemaWrite) {
  const std::string text = db_->ReadSchema()->text;
  SetFaultHook("committer.commit",
               [] { return absl::UnavailableError("full"); });
  EXPECT_FALSE(db_->WriteSchema("definition user {}").ok());
  EXPECT_EQ(db_->ReadSchema()->text, text);
  EXPECT_FALSE(Has(Owner("one", "anne")));
}

TEST_F(CommitTest, ClosingAnswersEverythingQueued) {
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 500; ++i) {
    answers.push_back(Start({Touch(Owner("doc" + std::to_string(i), "anne"))}));
  }
  db_.reset();
  for (auto& answer : answers) {
    ASSERT_EQ(answer.wait_for(std::chrono::seconds(0)),
              std::future_status::ready);
    EXPECT_TRUE(answer.get().ok());
  }
}

}  // namespace
}  // namespace kith
