#include "engine/subject_roster.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/seed.h"

namespace kith::engine {
namespace {

using ::testing::ElementsAre;

using Runs = std::vector<std::set<std::string>>;

// Each run is its own subjects again, and numbers are those of all of them.
void ExpectNumbered(const Runs& runs) {
  SubjectRoster roster;
  std::set<std::string> all;
  for (const auto& run : runs) {
    const SubjectRoster::Run number = roster.BeginRun();
    EXPECT_EQ(number, static_cast<size_t>(&run - runs.data()));
    for (const std::string& id : run) {
      // The bytes are not the caller's any more.
      roster.Add(std::string(id),
                 id.size() % 2 == 0 ? Value::kTrue : Value::kUnknown);
    }
    all.insert(run.begin(), run.end());
  }
  roster.Number();
  ASSERT_EQ(roster.size(), all.size());
  SubjectId next = 0;
  for (const std::string& id : all) EXPECT_EQ(roster.id(next++), id);
  for (size_t run = 0; run < runs.size(); ++run) {
    std::vector<std::string> ids;
    for (const auto& member : roster.MembersOf(run)) {
      EXPECT_TRUE(member.named);
      ids.emplace_back(roster.id(member.subject));
      EXPECT_EQ(member.value,
                ids.back().size() % 2 == 0 ? Value::kTrue : Value::kUnknown);
    }
    EXPECT_EQ(ids, std::vector(runs[run].begin(), runs[run].end()));
  }
  EXPECT_FALSE(all.contains(roster.UnmentionedId()));
}

TEST(SubjectRosterTest, OneRunAmongEmptyOnes) {
  ExpectNumbered({});
  ExpectNumbered({{}});
  ExpectNumbered({{}, {"anne", "bob"}, {}});
  ExpectNumbered({{"anne"}, {}, {"anne"}});
}

TEST(SubjectRosterTest, IdsThatAreTheBeginningOfOthers) {
  ExpectNumbered({{"a", "aa", "aaaaaaaaaaaa"}, {"aaaaaaaaaaa", "aaab"}});
  ExpectNumbered({{"0", "1", "2"}, {"1"}});
  ExpectNumbered({{std::string("a\1", 2)}, {"a"}, {"a b"}});
}

TEST(SubjectRosterTest, RandomRuns) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    Runs runs(random() % 12);
    for (auto& run : runs) {
      for (size_t left = random() % 20; left > 0; --left) {
        run.insert("user-number-" + std::to_string(random() % 200));
      }
    }
    ExpectNumbered(runs);
  }
}

TEST(SubjectRosterTest, TheArenaKeepsTheIds) {
  std::vector<std::string_view> ids;
  IdArena arena;
  {
    SubjectRoster roster;
    roster.BeginRun();
    roster.Add("anne", Value::kTrue);
    roster.BeginRun();
    roster.Add("bob", Value::kTrue);
    roster.Number();
    for (SubjectId i = 0; i < roster.size(); ++i) ids.push_back(roster.id(i));
    arena = roster.TakeArena();
  }
  EXPECT_THAT(ids, ElementsAre("anne", "bob"));
}

}  // namespace
}  // namespace kith::engine
