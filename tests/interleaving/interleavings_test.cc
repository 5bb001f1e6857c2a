#include "interleaving/interleavings.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace kith::interleaving {
namespace {

constexpr uint32_t kA = 1;
constexpr uint32_t kB = 2;

// Threads of `steps` steps each that touch what `access` says of a thread.
Execution Idle(int threads, int steps, std::function<Access(int)> access) {
  Execution execution;
  for (int i = 0; i < threads; ++i) {
    execution.threads.push_back([i, steps, access] {
      for (int step = 0; step < steps; ++step) {
        Interleavings::Step("idle", access(i));
      }
    });
  }
  return execution;
}

TEST(InterleavingsTest, EveryOrderIsRunOnce) {
  const auto result =
      Interleavings([] { return Idle(2, 4, [](int) { return Access{}; }); })
          .set_reduce(false)
          .Explore();
  EXPECT_EQ(result.schedules, 70u);  // 8 over 4
  EXPECT_EQ(result.steps, 8u);
  EXPECT_EQ(result.cut, 0u);
  EXPECT_TRUE(result.complete);
}

TEST(InterleavingsTest, OrdersThatComeToTheSameAreRunOnce) {
  const auto apart = Interleavings([] {
                       return Idle(2, 4, [](int thread) {
                         return Access{.writes = thread == 0 ? kA : kB};
                       });
                     }).Explore();
  EXPECT_EQ(apart.schedules, 1u);
  const auto reading =
      Interleavings([] {
        return Idle(3, 2, [](int) { return Access{.reads = kA}; });
      }).Explore();
  EXPECT_EQ(reading.schedules, 1u);
  const auto together =
      Interleavings([] {
        return Idle(2, 4, [](int) { return Access{.writes = kA}; });
      }).Explore();
  EXPECT_EQ(together.schedules, 70u);
}

TEST(InterleavingsTest, ReductionLosesNoOutcome) {
  // Three threads add up in two places; what they saw is the outcome.
  const auto outcomes = [](bool reduce, uint64_t* schedules) {
    std::set<std::vector<int>> all;
    const auto result = Interleavings([&all] {
                          struct State {
                            int a = 0, b = 0;
                            std::vector<int> seen;
                          };
                          const auto state = std::make_shared<State>();
                          state->seen.resize(3);
                          Execution execution;
                          for (int i = 0; i < 3; ++i) {
                            execution.threads.push_back([i, state] {
                              Interleavings::Step("load a", {.reads = kA});
                              const int a = state->a;
                              Interleavings::Step("store b", {.writes = kB});
                              state->b += a * 3 + i;
                              Interleavings::Step("store a", {.writes = kA});
                              state->a = a + 1;
                              Interleavings::Step("load b", {.reads = kB});
                              state->seen[i] = state->b;
                            });
                          }
                          execution.finish = [&all, state] {
                            std::vector<int> outcome = state->seen;
                            outcome.push_back(state->a);
                            outcome.push_back(state->b);
                            all.insert(outcome);
                          };
                          return execution;
                        })
                            .set_reduce(reduce)
                            .Explore();
    EXPECT_TRUE(result.complete);
    *schedules = result.schedules;
    return all;
  };
  uint64_t all = 0;
  uint64_t reduced = 0;
  EXPECT_EQ(outcomes(true, &reduced), outcomes(false, &all));
  EXPECT_EQ(all, 34'650u);  // 12! / 4!^3
  EXPECT_LT(reduced, all / 5);
}

TEST(InterleavingsTest, AFailureIsToldWithTheOrderThatLedToIt) {
  const auto result = Interleavings([] {
                        const auto counter = std::make_shared<int>(0);
                        Execution execution;
                        for (int i = 0; i < 2; ++i) {
                          execution.threads.push_back([counter] {
                            Interleavings::Step("load", {.reads = kA});
                            const int seen = *counter;
                            Interleavings::Step("store", {.writes = kA});
                            *counter = seen + 1;
                          });
                        }
                        execution.finish = [counter] {
                          if (*counter != 2) Interleavings::Fail("lost one");
                        };
                        return execution;
                      }).Explore();
  ASSERT_TRUE(result.failure.has_value());
  EXPECT_EQ(*result.failure,
            "lost one\nin this order:\n  0 load\n  1 load\n  0 store\n"
            "  1 store\n");
  EXPECT_FALSE(result.complete);
}

}  // namespace
}  // namespace kith::interleaving
