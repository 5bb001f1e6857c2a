#include "engine/containers.h"

#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "engine/row_cache.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "support/seed.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

using ::testing::HasSubstr;

constexpr char kNests[] = R"(
use expiration
caveat has_x(x int) { x == 1 }
definition user {}
definition group {
  relation anyone: user:*
  relation member: user | user with has_x | user with expiration | team#all |
                   group#member | group#member with has_x | group#all
  permission all = member + anyone
}
definition team {
  relation lead: user
  relation part: group
  permission all = lead + part->member
}
definition document {
  relation viewer: user | group#member | group#all
  relation banned: group#member
  permission view = viewer - banned
  permission both = viewer & banned
}
)";

// Counts what is read, on its way to the real one.
class CountingSnapshot final : public storage::Snapshot {
 public:
  explicit CountingSnapshot(storage::Snapshot* of) : of_(*of) {}
  storage::Revision revision() const override { return of_.revision(); }
  absl::StatusOr<bool> Get(const storage::TupleKey& key,
                           storage::TupleValue* value) override {
    ++gets;
    return of_.Get(key, value);
  }
  std::unique_ptr<storage::TupleIterator> Scan(
      const storage::TupleFilter& filter, storage::ScanOrder order,
      const storage::TupleKey* after) override {
    ++(order == storage::ScanOrder::kForward ? forward_scans : reverse_scans);
    return of_.Scan(filter, order, after);
  }

  size_t gets = 0;
  size_t forward_scans = 0;
  size_t reverse_scans = 0;

 private:
  storage::Snapshot& of_;
};

class ContainersTest : public EngineTest {
 protected:
  void LoadAnew(const std::vector<std::string>& rows) {
    snapshot_.reset();
    SetUp();
    Load(kNests, rows);
  }

  // Of rows with the same key the last.
  static std::vector<std::string> EachOnce(
      const std::vector<std::string>& rows) {
    std::map<std::string, std::string> by_key;
    for (const std::string& row : rows)
      by_key[row.substr(0, row.find('['))] = row;
    std::vector<std::string> once;
    for (const auto& [key, row] : by_key) once.push_back(row);
    return once;
  }

  // With the subject's side from the first relationship on, and without it.
  std::pair<std::string, std::string> AskBoth(
      const std::string& question, const std::string& context = "{}") {
    return {AskWith(1, question, context), AskWith(0, question, context)};
  }
  std::string AskWith(uint32_t both_sides_after, const std::string& question,
                      const std::string& context = "{}") {
    evaluation_.both_sides_after = both_sides_after;
    return Ask(question, context);
  }
  static std::pair<std::string, std::string> Both(const std::string& answer) {
    return {answer, answer};
  }

  // A document that a group may view with eight groups in it, each of them with
  // eight more, and so on.
  static std::vector<std::string> Tree(int groups) {
    std::vector<std::string> rows = {"document:d#viewer@group:g0#member"};
    for (int i = 1; i < groups; ++i) {
      rows.push_back(
          fmt::format("group:g{}#member@group:g{}#member", (i - 1) / 8, i));
    }
    return rows;
  }
  static std::vector<std::string> Chain(int groups) {
    std::vector<std::string> rows = {"document:d#viewer@group:g0#member"};
    for (int i = 1; i < groups; ++i) {
      rows.push_back(
          fmt::format("group:g{}#member@group:g{}#member", i - 1, i));
    }
    return rows;
  }
};

TEST_F(ContainersTest, DecidesALargeNestByTheFewContainersOfTheSubject) {
  std::vector<std::string> rows = Tree(1000);
  rows.emplace_back("group:g999#member@user:anne");
  rows.emplace_back("group:elsewhere#member@user:bob");
  Load(kNests, rows);
  CountingSnapshot counting(snapshot_.get());
  evaluation_.snapshot = &counting;
  EXPECT_EQ(Ask("document:d#view@user:anne"), "yes");
  EXPECT_EQ(Ask("document:d#view@user:bob"), "no");
  EXPECT_LT(counting.gets + counting.forward_scans + counting.reverse_scans,
            200);
  evaluation_.both_sides_after = 0;
  EXPECT_EQ(Ask("document:d#view@user:anne"), "yes");
  EXPECT_GT(counting.forward_scans, 500);
}

TEST_F(ContainersTest, ASubjectInManyGroupsCostsASmallNestNothing) {
  std::vector<std::string> rows = Tree(10);
  for (int i = 0; i < 10'000; ++i) {
    rows.push_back(fmt::format("group:other{}#member@user:anne", i));
  }
  Load(kNests, rows);
  CountingSnapshot counting(snapshot_.get());
  evaluation_.snapshot = &counting;
  EXPECT_EQ(Ask("document:d#view@user:anne"), "no");
  EXPECT_LE(counting.reverse_scans, 1);
  EXPECT_LE(counting.forward_scans, 24);
}

TEST_F(ContainersTest, WhatIsNotFoundYetIsNotMissing) {
  // "g..." comes after "a..." in the order of the scan, so the group that
  // matters is the last that the subject's side finds.
  std::vector<std::string> rows = Tree(100);
  rows.emplace_back("group:g99#member@user:anne");
  for (int i = 0; i < 10'000; ++i) {
    rows.push_back(fmt::format("group:a{}#member@user:anne", i));
    if (i % 100 == 0) {
      rows.push_back(fmt::format("group:b#member@group:a{}#member", i));
    }
  }
  Load(kNests, rows);
  for (const uint32_t after : {0, 1, 8, 32, 1000}) {
    EXPECT_EQ(AskWith(after, "document:d#view@user:anne"), "yes") << after;
    EXPECT_EQ(AskWith(after, "document:d#view@user:bob"), "no") << after;
    EXPECT_EQ(AskWith(after, "group:b#member@user:anne"), "yes") << after;
  }
}

TEST_F(ContainersTest, APathIsAsLongFromEitherSide) {
  for (const int at : {9, 10, 11, 12}) {
    std::vector<std::string> rows = Chain(13);
    rows.push_back(fmt::format("group:g{}#member@user:anne", at));
    evaluation_.max_depth = 11;
    LoadAnew(rows);
    // The document's group is one hop away, and each next one more.
    const auto answers = AskBoth("document:d#viewer@user:anne");
    EXPECT_EQ(answers.first, answers.second);
    if (at + 1 <= 11) {
      EXPECT_EQ(answers.first, "yes") << at;
    } else {
      EXPECT_THAT(answers.first, HasSubstr("maximum depth")) << at;
    }
  }
}

TEST_F(ContainersTest, AShorterConditionalPathDoesNotHideALongerSureOne) {
  std::vector<std::string> rows = Chain(13);
  rows.emplace_back("group:g2#member@group:g12#member[has_x]");
  rows.emplace_back("group:g12#member@user:anne");
  evaluation_.max_depth = 20;
  Load(kNests, rows);
  EXPECT_EQ(AskBoth("document:d#viewer@user:anne"), Both("yes"));
  // Now only the conditional one is short enough.
  evaluation_.max_depth = 8;
  EXPECT_EQ(AskBoth("document:d#viewer@user:anne", R"({"x": 1})"), Both("yes"));
  for (const auto& answer : {AskWith(1, "document:d#viewer@user:anne"),
                             AskWith(0, "document:d#viewer@user:anne")}) {
    EXPECT_THAT(answer, HasSubstr("maximum depth"));
  }
}

TEST_F(ContainersTest, ANoThatIsProvenNeedsNoDepth) {
  std::vector<std::string> rows = Chain(60);
  rows.emplace_back("group:elsewhere#member@user:anne");
  Load(kNests, rows);
  EXPECT_EQ(AskWith(1, "document:d#viewer@user:anne"), "no");
  EXPECT_THAT(AskWith(0, "document:d#viewer@user:anne"),
              HasSubstr("maximum depth"));
}

TEST_F(ContainersTest, ConditionsNameWhatTheyMiss) {
  std::vector<std::string> rows = Tree(50);
  rows.emplace_back("group:g49#member@group:side#member[has_x]");
  rows.emplace_back("group:side#member@user:anne");
  rows.emplace_back("group:g48#member@user:bob[has_x]");
  Load(kNests, rows);
  for (const char* user : {"anne", "bob"}) {
    const std::string question = fmt::format("document:d#view@user:{}", user);
    EXPECT_EQ(AskBoth(question), Both("needs x"));
    EXPECT_EQ(AskBoth(question, R"({"x": 1})"), Both("yes"));
    EXPECT_EQ(AskBoth(question, R"({"x": 2})"), Both("no"));
  }
}

TEST_F(ContainersTest, WildcardsAndExpiryCountAsAlways) {
  std::vector<std::string> rows = Tree(50);
  rows.emplace_back("document:w#viewer@group:w0#all");
  rows.emplace_back("group:w0#member@group:w1#all");
  rows.emplace_back("group:w1#anyone@user:*");
  rows.emplace_back("document:e#viewer@group:timed#member");
  rows.emplace_back("group:timed#member@group:old#member");
  rows.emplace_back(
      "group:old#member@user:anne[expiration:2020-01-01T00:00:00Z]");
  rows.emplace_back(
      "group:old#member@user:bob[expiration:2040-01-01T00:00:00Z]");
  Load(kNests, rows);
  EXPECT_EQ(AskBoth("document:w#view@user:never_seen"), Both("yes"));
  EXPECT_EQ(AskBoth("document:d#view@user:never_seen"), Both("no"));
  EXPECT_EQ(AskBoth("document:d#view@group:g49#member"), Both("yes"));
  EXPECT_EQ(AskBoth("document:d#view@group:elsewhere#member"), Both("no"));
  EXPECT_EQ(AskBoth("document:e#view@user:anne"), Both("no"));
  EXPECT_EQ(AskBoth("document:e#view@user:bob"), Both("yes"));
}

TEST_F(ContainersTest, DamageThatTheSearchWouldNotMeetShowsInNoAnswer) {
  Load(kNests,
       {"document:d#viewer@group:g0#member", "group:g0#member@group:g1#member",
        "group:g1#member@group:g2#member"});
  auto transaction = store_->Begin();
  transaction->BeginCommit(now_);
  const auto symbol = [&](std::string_view name) {
    return Intern(transaction.get(), name);
  };
  storage::TupleValue damaged;
  damaged.caveat = symbol("has_x");
  damaged.caveat_context = "{broken";
  ASSERT_TRUE(transaction
                  ->Put({.resource_type = symbol("group"),
                         .resource_id = "elsewhere",
                         .relation = symbol("member"),
                         .subject_type = symbol("user"),
                         .subject_id = "anne"},
                        damaged)
                  .ok());
  ASSERT_TRUE(store_->Commit(std::move(transaction), {}).ok());
  snapshot_ = store_->AtHead();
  evaluation_.snapshot = snapshot_.get();
  EXPECT_EQ(AskBoth("document:d#view@user:anne"), Both("no"));
}

// With a row cache, which keeps containers from one check to the next.
class KeptContainersTest : public ContainersTest {
 protected:
  void Load(const std::vector<std::string>& rows) {
    ContainersTest::Load(kNests, rows);
    cache_ = std::make_unique<RowCache>(ExactCache::Options{.bytes = 8 << 20},
                                        &store_->change_stripes());
  }
  void Write(const std::vector<std::string>& puts,
             const std::vector<std::string>& deletes) {
    auto transaction = store_->Begin();
    transaction->BeginCommit(now_);
    for (const std::string& text : puts) Put(transaction.get(), text);
    for (const std::string& text : deletes) {
      const auto r = *Relationship::Parse(text);
      const auto symbol = [&](std::string_view name) {
        return Intern(transaction.get(), name);
      };
      ASSERT_TRUE(transaction
                      ->Delete({.resource_type = symbol(r.resource.type),
                                .resource_id = r.resource.id,
                                .relation = symbol(r.relation),
                                .subject_type = symbol(r.subject.object.type),
                                .subject_id = r.subject.object.id,
                                .subject_relation = symbol(r.subject.relation)})
                      .ok());
    }
    ASSERT_TRUE(store_->Commit(std::move(transaction), {}).ok());
    snapshot_ = store_->AtHead();
    evaluation_.snapshot = snapshot_.get();
  }
  // The answer, which must be that without the cache and the subject's side.
  std::string AskKept(const std::string& question,
                      const std::string& context = "{}") {
    evaluation_.row_cache = cache_.get();
    const std::string answer = AskWith(1, question, context);
    evaluation_.row_cache = nullptr;
    EXPECT_EQ(answer, AskWith(0, question, context)) << question;
    return answer;
  }

  std::unique_ptr<RowCache> cache_;
};

TEST_F(KeptContainersTest, SpareTheNextCheckAllReading) {
  std::vector<std::string> rows = Tree(1000);
  rows.emplace_back("group:g999#member@user:anne");
  Load(rows);
  CountingSnapshot counting(snapshot_.get());
  evaluation_.snapshot = &counting;
  evaluation_.row_cache = cache_.get();
  EXPECT_EQ(AskWith(8, "document:d#view@user:anne"), "yes");
  counting.gets = counting.forward_scans = counting.reverse_scans = 0;
  EXPECT_EQ(AskWith(8, "document:d#view@user:anne"), "yes");
  EXPECT_EQ(counting.gets + counting.forward_scans + counting.reverse_scans, 0);
  EXPECT_EQ(AskWith(8, "group:g0#member@user:anne"), "yes");
  EXPECT_EQ(AskWith(8, "group:g998#member@user:anne"), "no");
  EXPECT_EQ(counting.gets + counting.forward_scans + counting.reverse_scans, 0);
}

TEST_F(KeptContainersTest, FollowEveryWrite) {
  std::vector<std::string> rows = Tree(100);
  rows.emplace_back("group:g99#member@group:side#member");
  rows.emplace_back("group:side#member@group:inner#member");
  Load(rows);
  const std::string question = "document:d#view@user:anne";
  const auto twice = [&] {
    const std::string first = AskKept(question);
    EXPECT_EQ(AskKept(question), first);
    return first;
  };
  EXPECT_EQ(twice(), "no");
  Write({"group:inner#member@user:anne"}, {});
  EXPECT_EQ(twice(), "yes");
  Write({}, {"group:g99#member@group:side#member"});
  EXPECT_EQ(twice(), "no");
  Write({"group:g98#member@group:inner#member[has_x]"}, {});
  EXPECT_EQ(twice(), "needs x");
  EXPECT_EQ(AskKept(question, R"({"x": 1})"), "yes");
  EXPECT_EQ(AskKept(question, R"({"x": 2})"), "no");
  Write({"group:g98#member@group:inner#member"}, {});
  EXPECT_EQ(twice(), "yes");
  Write({}, {"group:inner#member@user:anne"});
  EXPECT_EQ(twice(), "no");
}

TEST_F(KeptContainersTest, EndWithWhatExpires) {
  std::vector<std::string> rows = Tree(100);
  rows.emplace_back(
      "group:g99#member@user:anne[expiration:2040-01-01T00:00:00Z]");
  Load(rows);
  const std::string question = "document:d#view@user:anne";
  EXPECT_EQ(AskKept(question), "yes");
  EXPECT_EQ(AskKept(question), "yes");
  const absl::Time end =
      absl::FromCivil(absl::CivilSecond(2040, 1, 1), absl::UTCTimeZone());
  evaluation_.now = end - absl::Nanoseconds(1);
  EXPECT_EQ(AskKept(question), "yes");
  evaluation_.now = end;
  EXPECT_EQ(AskKept(question), "no");
  evaluation_.now = now_;
  EXPECT_EQ(AskKept(question), "yes");
}

TEST_F(KeptContainersTest, TooManyAreNotKeptAndNotLookedForAgainAndAgain) {
  std::vector<std::string> rows = Tree(10);
  for (int i = 0; i < 10'000; ++i) {
    rows.push_back(fmt::format("group:other{}#member@user:anne", i));
  }
  Load(rows);
  CountingSnapshot counting(snapshot_.get());
  evaluation_.snapshot = &counting;
  evaluation_.row_cache = cache_.get();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(AskWith(8, "document:d#view@user:anne"), "no");
  }
  EXPECT_LT(counting.reverse_scans, 10'000);
}

TEST_F(ContainersTest, ItemsOfABatchShareTheContainers) {
  std::vector<std::string> rows;
  for (int i = 0; i < 100; ++i) {
    rows.push_back(fmt::format("document:d{}#viewer@group:top{}#member", i, i));
    for (int k = 0; k < 8; ++k) {
      rows.push_back(
          fmt::format("group:top{}#member@group:sub{}_{}#member", i, i, k));
    }
  }
  rows.emplace_back("group:sub77_3#member@user:anne");
  Load(kNests, rows);
  CountingSnapshot counting(snapshot_.get());
  evaluation_.snapshot = &counting;
  CheckBatch batch(evaluation_);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Ask(&batch, fmt::format("document:d{}#view@user:anne", i)),
              i == 77 ? "yes" : "no");
  }
  EXPECT_LT(counting.reverse_scans, 20);
  EXPECT_LT(counting.forward_scans, 300);
}

// Graphs with everything in them: diamonds, cycles through groups and teams,
// conditions that fail and that miss something, expiry, wildcards.
TEST_F(ContainersTest, RandomNestsHaveTheSameAnswersFromEitherSide) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const auto pick = [&](int below) {
    return static_cast<int>(random() % static_cast<uint64_t>(below));
  };
  constexpr std::array<const char*, 3> kConditions = {"", "", "[has_x]"};
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string> rows;
    for (int i = 0; i < 60; ++i) {
      const char* condition = kConditions[pick(3)];
      switch (pick(8)) {
        case 0:
          rows.push_back(
              fmt::format("group:g{}#member@team:t{}#all", pick(20), pick(4)));
          rows.push_back(
              fmt::format("team:t{}#part@group:g{}", pick(4), pick(20)));
          break;
        case 1:
          rows.push_back(fmt::format("group:g{}#member@user:u{}{}", pick(20),
                                     pick(8), condition));
          rows.push_back(
              fmt::format("team:t{}#lead@user:u{}", pick(4), pick(8)));
          break;
        case 2:
          rows.push_back(
              fmt::format("group:g{}#member@user:u{}[expiration:20{}0-01-01T00:"
                          "00:00Z]",
                          pick(20), pick(8), 2 + 2 * pick(2)));
          break;
        case 3:
          rows.push_back(fmt::format("document:d{}#viewer@group:g{}#member",
                                     pick(5), pick(20)));
          rows.push_back(fmt::format("document:d{}#banned@group:g{}#member",
                                     pick(5), pick(20)));
          break;
        default:
          rows.push_back(fmt::format("group:g{}#member@group:g{}#member{}",
                                     pick(20), pick(20), condition));
          break;
      }
    }
    if (round % 2 == 0) {
      rows.emplace_back("group:g7#anyone@user:*");
      rows.emplace_back("group:g3#member@group:g7#all");
    }
    LoadAnew(EachOnce(rows));
    for (const char* context : {"{}", R"({"x": 1})", R"({"x": 2})"}) {
      for (int u = 0; u < 9; ++u) {
        for (int d = 0; d < 5; ++d) {
          for (const char* permission : {"view", "both", "viewer"}) {
            const std::string question =
                fmt::format("document:d{}#{}@user:u{}", d, permission, u);
            const auto answers = AskBoth(question, context);
            EXPECT_EQ(answers.first, answers.second)
                << question << " with " << context;
          }
        }
        const std::string question = fmt::format(
            "group:g{}#member@group:g{}#member", pick(20), pick(20));
        const auto answers = AskBoth(question, context);
        EXPECT_EQ(answers.first, answers.second)
            << question << " with " << context;
      }
    }
  }
}

}  // namespace
}  // namespace kith::engine
