#include "service/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace kith::service {
namespace {

TEST(WorkerPoolTest, RunsWhatWaitsBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool(2, 1000);
    for (int i = 0; i < 1000; ++i) {
      // Some may already have run, so none is refused.
      ASSERT_TRUE(pool.Submit([&ran] { ++ran; }));
    }
  }
  EXPECT_EQ(ran, 1000);
}

TEST(WorkerPoolTest, RefusesMoreThanMayWait) {
  std::promise<void> started;
  std::promise<void> release;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.Submit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.Submit([] {}));
  EXPECT_FALSE(pool.Submit([] {}));
  release.set_value();
}

TEST(WorkerPoolTest, KnowsItsOwnThreads) {
  std::promise<bool> inside;
  WorkerPool pool(1, 1);
  EXPECT_FALSE(WorkerPool::OnWorkerThread());
  ASSERT_TRUE(
      pool.Submit([&] { inside.set_value(WorkerPool::OnWorkerThread()); }));
  EXPECT_TRUE(inside.get_future().get());
}

}  // namespace
}  // namespace kith::service
