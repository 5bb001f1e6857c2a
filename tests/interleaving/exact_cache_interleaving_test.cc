#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/epoch.h"
#include "base/fault.h"
#include "base/hash.h"
#include "engine/exact_cache.h"
#include "interleaving/interleavings.h"
#include "storage/change_stripes.h"

// The promise of ExactCache and ChangeStripes, an answer is never stale, in
// every order in which readers and a writer could take their steps: whatever
// is found is what the rows say at the revision that it was asked for.

namespace kith::engine {
namespace {

using interleaving::Access;
using interleaving::Execution;
using interleaving::Interleavings;
using storage::ChangeStripes;
using storage::Revision;

// What the steps touch.
constexpr uint32_t kHead = 1;
constexpr uint32_t kRows = 2;
constexpr uint32_t kStripes = 4;
constexpr uint32_t kCache = 8;

constexpr Revision kStart = 10;  // recovered: nothing is known of before

// How a cache, or what is around it, could be wrong.
enum class Flaw {
  kNone,
  // The head moves before the stripes are stamped.
  kStampsLate,
  // What was computed is said to hold at the head of now, not at the revision
  // that was read.
  kInsertsAtTheHead,
  // What was read is not all said.
  kForgetsADependency,
  // What is looked up for one head is given as of the next.
  kReadsTheHeadTwice,
};

// Rows 'a', 'b', ... are bits. A commit flips some.
struct Scenario {
  std::string name;
  std::vector<std::string> commits = {};                 // rows of each
  std::vector<std::vector<std::string>> questions = {};  // of each reader
  std::vector<std::string> known_at_start = {};          // questions
  // A question reads its rows in order; with `lazily` up to the first that is
  // set, which decides.
  bool lazily = false;
  // Readers may ask for the revision before the head.
  Revision behind = 0;
  size_t stripes = 64;
  uint32_t hash_bits = 64;
  bool stamps_early = false;  // before the rows are written
};

// All that threads share, and what is right.
class World {
 public:
  World(const Scenario& scenario, Flaw flaw)
      : scenario_(scenario),
        flaw_(flaw),
        stripes_(scenario.stripes, kStart),
        cache_({.bytes = 8192, .hash_bits = scenario.hash_bits}, &stripes_) {
    rows_[kStart] = 0;
    for (const std::string& question : scenario.known_at_start) {
      Remember(question, kStart, Compute(question, kStart));
    }
  }

  void Write() {
    Revision revision = kStart;
    for (const std::string& changed : scenario_.commits) {
      ++revision;
      if (scenario_.stamps_early) Stamp(changed, revision);
      Interleavings::Step("write rows", {.writes = kRows});
      uint32_t bits = rows_[revision - 1];
      for (const char row : changed) bits ^= BitOf(row);
      rows_[revision] = bits;
      if (flaw_ != Flaw::kStampsLate && !scenario_.stamps_early) {
        Stamp(changed, revision);
      }
      Interleavings::Step("move the head", {.writes = kHead});
      head_ = revision;
      if (flaw_ == Flaw::kStampsLate) Stamp(changed, revision);
    }
  }

  void Read(const std::vector<std::string>& questions) {
    for (const std::string& question : questions) {
      Interleavings::Step("read the head", {.reads = kHead});
      const Revision revision =
          std::max(kStart, head_ - std::min(head_, scenario_.behind));
      const std::optional<std::string> found = Find(question, revision);
      if (found) {
        ++hits_;
        Revision given_as = revision;
        if (flaw_ == Flaw::kReadsTheHeadTwice) {
          Interleavings::Step("read the head", {.reads = kHead});
          given_as = head_;
        }
        Expect(question, given_as, *found);
        continue;
      }
      const Computed computed = Compute(question, revision);
      Expect(question, revision, computed.payload);
      Revision read_at = revision;
      if (flaw_ == Flaw::kInsertsAtTheHead) {
        Interleavings::Step("read the head", {.reads = kHead});
        read_at = head_;
      }
      Remember(question, read_at, computed);
    }
  }

  // When all is done: what is left in the cache, at every revision.
  void Finish() {
    std::set<std::string> all(scenario_.known_at_start.begin(),
                              scenario_.known_at_start.end());
    for (const auto& questions : scenario_.questions) {
      all.insert(questions.begin(), questions.end());
    }
    for (const std::string& question : all) {
      // Backwards too: to find it at the head verifies it up to there.
      for (Revision revision = kStart; revision <= head_; ++revision) {
        ExpectIfFound(question, revision);
      }
      for (Revision revision = head_; revision >= kStart; --revision) {
        ExpectIfFound(question, revision);
      }
      if (Find(question, kStart - 1)) {
        Interleavings::Fail("found at a revision of which nothing is known");
      }
    }
    FreeRetired();
  }

  uint64_t hits() const { return hits_; }
  const std::string& seen() const { return seen_; }
  // Of the threads of which this is one, which inserts now?
  bool inserting(int thread) const { return inserting_[thread]; }

 private:
  struct Computed {
    std::string payload;
    std::vector<ChangeStripes::Index> dependencies;
  };

  static uint32_t BitOf(char row) { return 1u << (row - 'a'); }
  ChangeStripes::Index StripeOf(char row) const {
    return stripes_.IndexOf(
        stripes_.Hash(ChangeStripes::Unit::kPoint, std::string_view(&row, 1)));
  }
  static uint64_t HashOf(const std::string& question) {
    return Hash64(question, 1);
  }

  void Stamp(const std::string& changed, Revision revision) {
    for (const char row : changed) stripes_.Stamp(StripeOf(row), revision);
  }

  // The truth, from the rows.
  std::string Model(const std::string& question, Revision revision) const {
    std::string payload;
    for (const char row : question) {
      const bool set = (rows_.at(revision) & BitOf(row)) != 0;
      payload += set ? '1' : '0';
      if (set && scenario_.lazily) break;
    }
    return payload;
  }

  // The same, by steps, with what it depended on.
  Computed Compute(const std::string& question, Revision revision) {
    Computed computed;
    for (const char row : question) {
      Interleavings::Step("read a row", {.reads = kRows});
      const bool set = (rows_.at(revision) & BitOf(row)) != 0;
      computed.payload += set ? '1' : '0';
      computed.dependencies.push_back(StripeOf(row));
      if (set && scenario_.lazily) break;
    }
    if (flaw_ == Flaw::kForgetsADependency) computed.dependencies.pop_back();
    return computed;
  }

  std::optional<std::string> Find(const std::string& question,
                                  Revision revision) {
    Interleavings::Step("look it up", {.reads = kCache});
    const EpochPin pin;
    const int thread = Interleavings::Current();
    const auto hit =
        cache_.Find(pin, question, HashOf(question), revision, absl::Now());
    seen_ += fmt::format("{}: {}@{} {}\n", thread, question, revision,
                         hit ? hit->payload : "?");
    if (!hit) return std::nullopt;
    return std::string(hit->payload);
  }

  void Remember(const std::string& question, Revision revision,
                const Computed& computed) {
    Interleavings::Step("insert it", {.writes = kCache});
    const int thread = Interleavings::Current();
    if (thread >= 0) inserting_[thread] = true;
    cache_.Insert(question, HashOf(question),
                  {.payload = computed.payload,
                   .revision = revision,
                   .time = {},
                   .dependencies = computed.dependencies});
    if (thread >= 0) inserting_[thread] = false;
  }

  void Expect(const std::string& question, Revision revision,
              const std::string& payload) {
    const std::string right = Model(question, revision);
    if (payload == right) return;
    Interleavings::Fail(fmt::format("{} at {} is {}, not {}", question,
                                    revision, right, payload));
  }
  void ExpectIfFound(const std::string& question, Revision revision) {
    if (const auto found = Find(question, revision)) {
      Expect(question, revision, *found);
    }
  }

  const Scenario& scenario_;
  const Flaw flaw_;
  uint64_t hits_ = 0;  // of readers
  std::string seen_;
  ChangeStripes stripes_;
  ExactCache cache_;
  std::map<Revision, uint32_t> rows_;
  Revision head_ = kStart;
  std::array<bool, 32> inserting_{};
};

// The world of the execution that runs.
World* current_world = nullptr;

// Fault points as steps, as long as it lives.
class StepsAtFaultPoints {
 public:
  StepsAtFaultPoints() {
    Hook("stripes.load", [] {
      // An insertion has the lock of its bucket when it looks at stripes.
      const int thread = Interleavings::Current();
      const bool inserting = thread >= 0 && current_world->inserting(thread);
      return Announce("stripes.load",
                      {.reads = kStripes, .writes = inserting ? kCache : 0});
    });
    Hook("stripes.stamp",
         [] { return Announce("stripes.stamp", {.writes = kStripes}); });
    Hook("cache.find.entry",
         [] { return Announce("cache.find.entry", {.reads = kCache}); });
    Hook("cache.find.verified",
         [] { return Announce("cache.find.verified", {.writes = kCache}); });
    Hook("cache.insert.publish",
         [] { return Announce("cache.insert.publish", {.writes = kCache}); });
  }
  ~StepsAtFaultPoints() {
    for (const char* point : points_) SetFaultHook(point, nullptr);
  }

 private:
  static absl::Status Announce(const char* point, Access access) {
    Interleavings::Step(point, access);
    return absl::OkStatus();
  }
  void Hook(const char* point, FaultHook hook) {
    points_.push_back(point);
    SetFaultHook(point, std::move(hook));
  }

  std::vector<const char*> points_;
};

struct Explored {
  Interleavings::Result result;
  uint64_t hits = 0;
  std::set<std::string> outcomes;  // what readers and the end have seen
};

Execution Begin(const Scenario& scenario, Flaw flaw, Explored* explored) {
  const auto world = std::make_shared<World>(scenario, flaw);
  current_world = world.get();
  Execution execution;
  for (const auto& questions : scenario.questions) {
    execution.threads.push_back(
        [world, &questions] { world->Read(questions); });
  }
  execution.threads.push_back([world] { world->Write(); });
  execution.finish = [world, explored] {
    world->Finish();
    explored->hits += world->hits();
    explored->outcomes.insert(world->seen());
  };
  return execution;
}

Explored Explore(const Scenario& scenario, Flaw flaw, bool reduce = true) {
  const StepsAtFaultPoints steps;
  Explored explored;
  Interleavings all([&] { return Begin(scenario, flaw, &explored); });
  explored.result = all.set_reduce(reduce).Explore();
  return explored;
}

// Two readers, one writer that commits twice.
std::vector<Scenario> Scenarios() {
  return {
      {.name = "nothing is known yet",
       .commits = {"a", "b"},
       .questions = {{"ab"}, {"ab"}}},
      {.name = "there and back again",
       .commits = {"a", "a"},
       .questions = {{"a", "a"}, {"a"}},
       .known_at_start = {"a"}},
      {.name = "two rows at once",
       .commits = {"ab", "b"},
       .questions = {{"ab"}, {"ab"}},
       .known_at_start = {"ab"}},
      {.name = "another row",
       .commits = {"c", "a"},
       .questions = {{"a", "a"}, {"a"}},
       .known_at_start = {"a"}},
      {.name = "all rows share a stripe",
       .commits = {"b", "a"},
       .questions = {{"a"}, {"ab"}},
       .known_at_start = {"a"},
       .stripes = 1},
      {.name = "a row decides, and then another",
       .commits = {"a", "ab"},
       .questions = {{"ab"}, {"ab"}},
       .known_at_start = {"ab"},
       .lazily = true},
      {.name = "different questions of one hash",
       .commits = {"a", "b"},
       .questions = {{"a"}, {"b"}},
       .known_at_start = {"b"},
       .hash_bits = 0},
      {.name = "readers of the revision before",
       .commits = {"a", "b"},
       .questions = {{"ab"}, {"ab"}},
       .known_at_start = {"ab"},
       .behind = 1},
      {.name = "stamps of a commit that is still being built",
       .commits = {"a", "ab"},
       .questions = {{"ab"}, {"ab"}},
       .known_at_start = {"ab"},
       .stamps_early = true},
  };
}

TEST(ExactCacheInterleavingTest, WhatIsFoundIsWhatTheRowsSay) {
  uint64_t schedules = 0;
  for (const Scenario& scenario : Scenarios()) {
    const Explored explored = Explore(scenario, Flaw::kNone);
    EXPECT_FALSE(explored.result.failure.has_value())
        << scenario.name << ": " << *explored.result.failure;
    EXPECT_GT(explored.hits, 0u) << scenario.name;
    std::printf("%s: %s, %llu hits\n", scenario.name.c_str(),
                explored.result.ToString().c_str(),
                static_cast<unsigned long long>(explored.hits));
    std::fflush(stdout);
    schedules += explored.result.schedules;
  }
  EXPECT_GT(schedules, 10'000u);
  std::printf("%llu schedules in all\n",
              static_cast<unsigned long long>(schedules));
}

// Orders that are left out come to the same as others: the steps touch what
// they are said to touch.
TEST(ExactCacheInterleavingTest, WhatIsLeftOutComesToTheSame) {
  const Scenario scenario = {.name = "one reader",
                             .commits = {"a", "a"},
                             .questions = {{"a", "a"}},
                             .known_at_start = {"a"}};
  const Explored all = Explore(scenario, Flaw::kNone, /*reduce=*/false);
  const Explored reduced = Explore(scenario, Flaw::kNone);
  EXPECT_EQ(reduced.outcomes, all.outcomes);
  EXPECT_GT(all.outcomes.size(), 5u);
  EXPECT_GT(all.result.schedules, 5 * reduced.result.schedules);
  std::printf("%zu outcomes of %s, and of %s\n", all.outcomes.size(),
              all.result.ToString().c_str(), reduced.result.ToString().c_str());
}

// The test's test: an order that shows the flaw is among those that are run.
void ExpectFound(Flaw flaw, const char* what) {
  uint64_t schedules = 0;
  for (const Scenario& scenario : Scenarios()) {
    const Explored explored = Explore(scenario, flaw);
    schedules += explored.result.schedules;
    if (!explored.result.failure) continue;
    std::printf("%s: found in \"%s\", after %llu schedules\n", what,
                scenario.name.c_str(),
                static_cast<unsigned long long>(schedules));
    return;
  }
  ADD_FAILURE() << what << ": not found";
}

TEST(ExactCacheInterleavingTest, StampingAfterPublishingIsFound) {
  ExpectFound(Flaw::kStampsLate, "stamps after the head moved");
}
TEST(ExactCacheInterleavingTest, InsertingAsOfTheHeadIsFound) {
  ExpectFound(Flaw::kInsertsAtTheHead, "verified at the head, not as read");
}
TEST(ExactCacheInterleavingTest, AForgottenDependencyIsFound) {
  ExpectFound(Flaw::kForgetsADependency, "a dependency is forgotten");
}
TEST(ExactCacheInterleavingTest, AnAnswerOfAnotherRevisionIsFound) {
  ExpectFound(Flaw::kReadsTheHeadTwice, "given as of another head");
}

}  // namespace
}  // namespace kith::engine
