#include "base/epoch.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace kith {
namespace {

// Counts those that are alive. Freed memory is poisoned, so that a reader that
// comes too late is seen even without a sanitizer.
struct Counted {
  static inline std::atomic<int> alive{0};
  static constexpr uint64_t kGood = 0x900d900d900d900d;

  Counted() { ++alive; }
  ~Counted() {
    mark = 0;
    --alive;
  }
  std::atomic<uint64_t> mark{kGood};
};

void Retire(Counted* memory) {
  RetireMemory(
      memory, [](void* old) { delete static_cast<Counted*>(old); },
      sizeof(Counted));
}

TEST(EpochTest, FreesWhatNoOnePinned) {
  Retire(new Counted);
  FreeRetired();
  EXPECT_EQ(Counted::alive, 0);
}

TEST(EpochTest, KeepsWhatWasRetiredUnderAPinUntilItEnds) {
  auto pin = std::make_unique<EpochPin>();
  Retire(new Counted);
  FreeRetired();
  FreeRetired();
  EXPECT_EQ(Counted::alive, 1);
  pin.reset();
  FreeRetired();
  EXPECT_EQ(Counted::alive, 0);
}

TEST(EpochTest, AnInnerPinEndsNothing) {
  const auto outer = std::make_unique<EpochPin>();
  { const EpochPin inner; }
  Retire(new Counted);
  FreeRetired();
  EXPECT_EQ(Counted::alive, 1);
}

TEST(EpochTest, APinOfAnotherThreadCounts) {
  FreeRetired();
  ASSERT_EQ(Counted::alive, 0);
  std::atomic<int> step{0};
  std::thread reader([&step] {
    const EpochPin pin;
    step = 1;
    step.notify_all();
    step.wait(1);
  });
  step.wait(0);
  Retire(new Counted);
  FreeRetired();
  EXPECT_EQ(Counted::alive, 1);
  step = 2;
  step.notify_all();
  reader.join();
  FreeRetired();
  EXPECT_EQ(Counted::alive, 0);
}

TEST(EpochTest, APinTakenLaterKeepsNothing) {
  Retire(new Counted);
  std::atomic<int> step{0};
  std::thread reader([&step] {
    FreeRetired();  // begins a new epoch
    const EpochPin pin;
    step = 1;
    step.notify_all();
    step.wait(1);
  });
  step.wait(0);
  FreeRetired();
  EXPECT_EQ(Counted::alive, 0);
  step = 2;
  step.notify_all();
  reader.join();
}

TEST(EpochTest, WhatAThreadLeavesIsFreedByOthers) {
  const EpochPin pin;
  std::thread([] { Retire(new Counted); }).join();
  FreeRetired();
  EXPECT_EQ(Counted::alive, 1);
  std::thread([] { Retire(new Counted); }).join();
  EXPECT_EQ(Counted::alive, 2);
}

TEST(EpochTest, WhatAThreadLeftIsGoneOnceThePinIs) {
  FreeRetired();
  EXPECT_EQ(Counted::alive, 0);
}

TEST(EpochTest, ThreadsThatEndedLendTheirPlaceToNewOnes) {
  std::vector<uint32_t> indices;
  for (int i = 0; i < 10; ++i) {
    std::thread([&indices] {
      const EpochPin pin;
      indices.push_back(pin.thread_index());
    }).join();
  }
  for (const uint32_t index : indices) EXPECT_EQ(index, indices.front());
}

TEST(EpochTest, LivingThreadsHaveDifferentIndices) {
  const EpochPin mine;
  uint32_t other = mine.thread_index();
  std::thread([&other] {
    const EpochPin pin;
    other = pin.thread_index();
  }).join();
  EXPECT_NE(other, mine.thread_index());
}

// Threads come and go while all of them read, replace and retire.
TEST(EpochTest, ReadersNeverSeeFreedMemory) {
  std::atomic<Counted*> shared{new Counted};
  const auto work = [&shared] {
    for (int i = 0; i < 3000; ++i) {
      {
        const EpochPin pin;
        const Counted* found = shared.load(std::memory_order_seq_cst);
        ASSERT_EQ(found->mark.load(), Counted::kGood);
        if (i % 4 == 0) {
          Retire(shared.exchange(new Counted, std::memory_order_seq_cst));
        }
        ASSERT_EQ(found->mark.load(), Counted::kGood);
      }
      if (i % 1000 == 0) FreeRetired();
    }
  };
  for (int round = 0; round < 4; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(work);
    for (auto& thread : threads) thread.join();
  }
  delete shared.load();
  FreeRetired();
  EXPECT_EQ(Counted::alive, 0);
  EXPECT_EQ(RetiredBytes(), 0u);
}

}  // namespace
}  // namespace kith
