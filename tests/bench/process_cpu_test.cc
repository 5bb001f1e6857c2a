#include "kith_bench/process_cpu.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <thread>

#include "gtest/gtest.h"

namespace kith::bench {
namespace {

uint64_t OwnNanos() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(time.tv_nsec);
}

void BurnMillis(uint64_t millis) {
  const uint64_t end = OwnNanos() + millis * 1'000'000;
  while (OwnNanos() < end) {
  }
}

TEST(ProcessCpuTest, CountsThreadsThatHaveEnded) {
  const ProcessCpu cpu({::getpid()});
  const auto before = cpu.Now();
  ASSERT_TRUE(before.ok()) << before.status();
  const uint64_t own_before = OwnNanos();
  std::thread([] { BurnMillis(20); }).join();
  const uint64_t own = OwnNanos() - own_before;
  const auto after = cpu.Now();
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_GE(NanosBetween(*before, *after), own);
  EXPECT_GE(own, 20'000'000);
}

TEST(ProcessCpuTest, CountsChildren) {
  const ProcessCpu cpu({::getpid()});
  const auto before = cpu.Now();
  ASSERT_TRUE(before.ok()) << before.status();
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t child = ::fork();
  char byte = 0;
  if (child == 0) {
    BurnMillis(20);
    ::close(done[1]);
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    if (::read(done[0], &byte, 1) != 0) ::_exit(1);
    ::_exit(0);
  }
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto after = cpu.Now();
  for (const int end : {ready[0], ready[1], done[0], done[1]}) ::close(end);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->count(child), 1);
  EXPECT_GE(NanosBetween(*before, *after), 20'000'000);
}

TEST(ProcessCpuTest, AProcessThatIsNotThereIsAnError) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(ProcessCpu({child}).Now().ok());
}

TEST(ProcessCpuTest, WhatIsNewCountsInFullAndWhatEndedNot) {
  EXPECT_EQ(NanosBetween({{1, 10}, {2, 500}}, {{1, 12}, {3, 30}}), 32);
}

}  // namespace
}  // namespace kith::bench
