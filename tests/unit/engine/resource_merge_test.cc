#include "engine/resource_merge.h"

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/names.h"
#include "engine/program.h"
#include "engine/row_cache.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "support/seed.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kSchema[] = R"(
use expiration
caveat early(hour int) { hour < 9 }
definition user {}
definition document {
  relation viewer: user | user with early | user with expiration
}
)";

class ResourceMergeTest : public EngineTest {
 protected:
  // What is in a merge, by id: whether it is sure.
  using Objects = std::map<std::string, bool>;

  ResourceRun Run(const std::string& user, bool sure = true) {
    Programs& names = evaluation_.schema->programs();
    const Symbol type = names.symbol("document");
    const auto slot = names.FindSlot(type, "viewer");
    const Programs::Slot& viewer = names.slot(*slot);
    ResourceRun run{.subject_type = names.symbol("user"),
                    .resource_type = type,
                    .relation = viewer.name,
                    .subject_id = reach_->ids.Keep(user),
                    .sure = sure};
    run.traits = names.TraitsOf(viewer, {run.subject_type, storage::kNoSymbol},
                                /*wildcard=*/false);
    return run;
  }

  void NewReach() {
    reach_ = std::make_shared<ResourceReach>(evaluation_.schema);
  }

  // "d1", "d2?" when it is not sure; an error's text ends the list.
  std::vector<std::string> Read(const std::string& after = "",
                                uint32_t expected = 0) {
    const Struct context;
    CaveatEvaluator caveats(evaluation_.schema->programs(), context);
    ResourceMerge merge(evaluation_, reach_, after, expected, &caveats);
    std::vector<std::string> ids;
    while (true) {
      Candidate next;
      const auto more = merge.Next(&next);
      if (!more.ok()) {
        ids.emplace_back(more.status().message());
        return ids;
      }
      if (!*more) return ids;
      ids.push_back(std::string(next.id) + (next.sure ? "" : "?"));
    }
  }

  std::shared_ptr<ResourceReach> reach_;
};

TEST_F(ResourceMergeTest, PutsRunsAndFoundObjectsInOrder) {
  Load(kSchema, {"document:b#viewer@user:anne", "document:d#viewer@user:anne",
                 "document:a#viewer@user:bob", "document:d#viewer@user:bob"});
  NewReach();
  reach_->runs = {Run("anne"), Run("bob"), Run("nobody")};
  reach_->found = {{"aa", true}, {"e", false}};
  EXPECT_THAT(Read(), ElementsAre("a", "aa", "b", "d", "e?"));
  EXPECT_THAT(Read("aa"), ElementsAre("b", "d", "e?"));
  EXPECT_THAT(Read("c"), ElementsAre("d", "e?"));
  EXPECT_THAT(Read("e"), ElementsAre());
}

TEST_F(ResourceMergeTest, IsSureWhenOneWayIs) {
  Load(kSchema,
       {"document:a#viewer@user:anne", "document:a#viewer@user:bob",
        "document:b#viewer@user:anne", "document:c#viewer@user:bob",
        "document:d#viewer@user:bob[early]",
        "document:e#viewer@user:bob[expiration:2001-01-01T00:00:00Z]"});
  NewReach();
  reach_->runs = {Run("anne", false), Run("bob")};
  reach_->found = {{"b", true}, {"c", false}};
  EXPECT_THAT(Read(), ElementsAre("a", "b", "c", "d?"));
}

TEST_F(ResourceMergeTest, ErrorsEndItAfterWhatIsRight) {
  Load(kSchema, {"document:a#viewer@user:anne", "document:b#viewer@user:anne",
                 "document:c#viewer@user:anne"});
  NewReach();
  reach_->runs = {Run("anne")};
  evaluation_.max_lookup_edges = 2;
  const std::string limit = "more than 2 relationships";
  EXPECT_THAT(Read(), ElementsAre(HasSubstr(limit)));
  // In lots of two: what comes before the error is given.
  EXPECT_THAT(Read("", 1), ElementsAre("a", "b", HasSubstr(limit)));
  reach_->edges = 1;
  EXPECT_THAT(Read("", 1), ElementsAre(HasSubstr(limit)));
}

TEST_F(ResourceMergeTest, EndsSoonOnceItIsCancelled) {
  std::vector<std::string> rows;
  for (int i = 0; i < 5000; ++i) {
    rows.push_back(fmt::format("document:d{:04}#viewer@user:anne", i));
  }
  Load(kSchema, rows);
  NewReach();
  reach_->runs = {Run("anne")};
  std::atomic<bool> cancelled{false};
  evaluation_.cancelled = &cancelled;
  EXPECT_EQ(Read().size(), rows.size());

  const Struct context;
  CaveatEvaluator caveats(evaluation_.schema->programs(), context);
  ResourceMerge merge(evaluation_, reach_, "", 0, &caveats);
  Candidate next;
  ASSERT_TRUE(merge.Next(&next).ok());
  cancelled = true;
  size_t given = 1;
  absl::StatusOr<bool> more = true;
  for (; (more = merge.Next(&next)).ok() && *more; ++given) {
  }
  EXPECT_EQ(more.status().code(), absl::StatusCode::kCancelled);
  EXPECT_LT(given, 3000u);
}

TEST_F(ResourceMergeTest, RunsReadToTheirEndsAreReadNoSecondTime) {
  std::vector<std::string> rows;
  constexpr int kRuns = 30;
  for (int run = 0; run < kRuns; ++run) {
    for (int i = 0; i < 300; ++i) {
      rows.push_back(fmt::format("document:d{:04}#viewer@user:u{}", i, run));
    }
  }
  Load(kSchema, rows);
  RowCache cache({.bytes = 8 << 20}, &store_->change_stripes());
  evaluation_.row_cache = &cache;
  NewReach();
  for (int run = 0; run < kRuns; ++run) {
    reach_->runs.push_back(Run(fmt::format("u{}", run)));
  }
  EXPECT_EQ(Read().size(), 300u);
  const uint64_t misses = cache.Stats().misses;
  EXPECT_GE(misses, uint64_t{kRuns});
  EXPECT_EQ(Read().size(), 300u);
  EXPECT_EQ(cache.Stats().misses, misses);
}

// Against a map, with lots of every size, with the row cache and without.
TEST_F(ResourceMergeTest, IsTheUnionOfItsRuns) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(fmt::format("KITH_SEED={}", seed));
  std::mt19937_64 random(seed);
  const std::vector<size_t> sizes = {0, 1, 3, 16, 17, 90, 700, 3000};
  std::vector<std::string> rows;
  std::vector<std::pair<std::string, Objects>> runs;
  for (size_t i = 0; i < 40; ++i) {
    Objects& objects =
        runs.emplace_back(fmt::format("u{}", i), Objects()).second;
    for (size_t n = sizes[i % sizes.size()]; n > 0; --n) {
      const std::string id = fmt::format("document-{}", random() % 9000);
      const bool sure = random() % 3 != 0;
      if (!objects.emplace(id, sure).second) continue;
      rows.push_back(fmt::format("document:{}#viewer@user:u{}{}", id, i,
                                 sure ? "" : "[early]"));
    }
  }
  Load(kSchema, rows);
  RowCache cache({.bytes = 4 << 20}, &store_->change_stripes());
  for (int round = 0; round < 60; ++round) {
    evaluation_.row_cache = round % 3 == 0 ? nullptr : &cache;
    NewReach();
    Objects all;
    const size_t first = random() % runs.size();
    const size_t count = 1 + random() % (round % 2 == 0 ? 3 : runs.size());
    for (size_t i = first; i < std::min(first + count, runs.size()); ++i) {
      reach_->runs.push_back(Run(runs[i].first));
      for (const auto& [id, sure] : runs[i].second) all[id] |= sure;
    }
    const std::string after =
        round % 2 == 0 ? "" : fmt::format("document-{}", random() % 9000);
    std::vector<std::string> expected;
    for (const auto& [id, sure] : all) {
      if (id > after) expected.push_back(id + (sure ? "" : "?"));
    }
    ASSERT_EQ(Read(after, random() % 20), expected) << "round " << round;
  }
}

}  // namespace
}  // namespace kith::engine
