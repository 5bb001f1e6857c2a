#include "engine/exact_cache.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "base/epoch.h"
#include "base/fault.h"
#include "base/hash.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "storage/change_stripes.h"

namespace kith::engine {
namespace {

using Stripe = ExactCache::Stripe;
using storage::ChangeStripes;
using storage::Revision;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class ExactCacheTest : public testing::Test {
 protected:
  bool Insert(std::string_view key, std::string_view payload, Revision revision,
              std::vector<Stripe> dependencies, TimeSpan time = {}) {
    return cache_.Insert(key, Hash64(key),
                         {.payload = payload,
                          .revision = revision,
                          .time = time,
                          .dependencies = dependencies});
  }
  std::optional<std::string> Find(std::string_view key, Revision revision,
                                  absl::Time now = kNow) {
    const EpochPin pin;
    const auto hit = cache_.Find(pin, key, Hash64(key), revision, now);
    if (!hit) return std::nullopt;
    return std::string(hit->payload);
  }

  ChangeStripes stripes_{64, /*floor=*/10};
  ExactCache cache_{{.bytes = 1 << 20}, &stripes_};
};

TEST_F(ExactCacheTest, HoldsAtTheRevisionItWasReadAt) {
  EXPECT_EQ(Find("key", 20), std::nullopt);
  EXPECT_TRUE(Insert("key", "value", 20, {1}));
  EXPECT_EQ(Find("key", 20), "value");
  EXPECT_EQ(Find("kex", 20), std::nullopt);
}

TEST_F(ExactCacheTest, HoldsLaterWhileNoDependencyChanges) {
  Insert("key", "value", 20, {1, 2});
  stripes_.Stamp(3, 25);
  EXPECT_EQ(Find("key", 30), "value");
  stripes_.Stamp(2, 31);
  EXPECT_EQ(Find("key", 31), std::nullopt);
  EXPECT_EQ(Find("key", 40), std::nullopt);
  // What was found good up to 30 stays good up to 30.
  EXPECT_EQ(Find("key", 30), "value");
  EXPECT_EQ(Find("key", 25), "value");
}

TEST_F(ExactCacheTest, HoldsEarlierDownToTheLastChange) {
  stripes_.Stamp(1, 15);
  Insert("key", "value", 20, {1});
  EXPECT_EQ(Find("key", 15), "value");
  EXPECT_EQ(Find("key", 14), std::nullopt);
}

TEST_F(ExactCacheTest, WhatWasReadBeforeAChangeAndComesLateClaimsNoMore) {
  stripes_.Stamp(1, 25);  // after the reading, before the insertion
  Insert("key", "old", 20, {1});
  EXPECT_EQ(Find("key", 20), "old");
  EXPECT_EQ(Find("key", 19), std::nullopt);
  EXPECT_EQ(Find("key", 21), std::nullopt);
  EXPECT_EQ(Find("key", 25), std::nullopt);
}

TEST_F(ExactCacheTest, AStampOfACommitNotYetPublishedSparesEarlierRevisions) {
  Insert("key", "value", 20, {1});
  stripes_.Stamp(1, 21);
  EXPECT_EQ(Find("key", 20), "value");
  EXPECT_EQ(Find("key", 21), std::nullopt);
}

TEST_F(ExactCacheTest, AFloorEndsEverything) {
  Insert("key", "value", 20, {1});
  stripes_.StampAll(21);
  EXPECT_EQ(Find("key", 20), "value");
  EXPECT_EQ(Find("key", 21), std::nullopt);
}

TEST_F(ExactCacheTest, NothingIsKnownFromBeforeTheStart) {
  Insert("key", "value", 20, {1});
  EXPECT_EQ(Find("key", 10), "value");
  EXPECT_EQ(Find("key", 9), std::nullopt);
}

TEST_F(ExactCacheTest, HoldsInItsTimeOnly) {
  const TimeSpan time{kNow, kNow + absl::Seconds(1)};
  Insert("key", "value", 20, {1}, time);
  EXPECT_EQ(Find("key", 20, time.from - absl::Nanoseconds(1)), std::nullopt);
  EXPECT_EQ(Find("key", 20, time.from), "value");
  EXPECT_EQ(Find("key", 20, time.until - absl::Nanoseconds(1)), "value");
  EXPECT_EQ(Find("key", 20, time.until), std::nullopt);
  EXPECT_EQ(Find("key", 20, time.until + absl::Nanoseconds(1)), std::nullopt);
}

TEST_F(ExactCacheTest, WithoutDependenciesItHoldsForever) {
  Insert("key", "value", 20, {});
  stripes_.StampAll(30);
  EXPECT_EQ(Find("key", 11), "value");
  EXPECT_EQ(Find("key", 99), "value");
}

TEST_F(ExactCacheTest, TheNewerOfTwoStays) {
  Insert("key", "old", 20, {1});
  stripes_.Stamp(1, 25);
  EXPECT_TRUE(Insert("key", "new", 26, {1}));
  EXPECT_FALSE(Insert("key", "old", 20, {1}));
  EXPECT_EQ(Find("key", 26), "new");
  EXPECT_EQ(Find("key", 20), std::nullopt);
}

TEST_F(ExactCacheTest, PayloadsMayHoldAnything) {
  const std::string payload("\0\xff\0", 3);
  Insert("", payload, 20, {1});
  EXPECT_EQ(Find("", 20), payload);
  Insert("none", "", 20, {1});
  EXPECT_EQ(Find("none", 20), "");
}

TEST_F(ExactCacheTest, CountsWhatHappens) {
  Insert("key", "value", 20, {1});
  stripes_.Stamp(1, 21);
  Find("key", 20);
  Find("key", 21);
  Find("other", 20);
  const ExactCacheStats stats = cache_.Stats();
  EXPECT_EQ(stats.hits, 1u);
  EXPECT_EQ(stats.stale, 1u);
  EXPECT_EQ(stats.misses, 1u);
  EXPECT_EQ(stats.inserts, 1u);
  EXPECT_EQ(stats.entries, 1u);
  EXPECT_GT(stats.bytes, 0u);
}

TEST_F(ExactCacheTest, RefusesWhatIsTooBig) {
  ExactCache cache({.bytes = 1 << 20, .max_entry_bytes = 1000}, &stripes_);
  EXPECT_FALSE(cache.Insert("key", 1, {.payload = std::string(1000, 'x')}));
  EXPECT_EQ(cache.Stats().refusals, 1u);
  EXPECT_EQ(cache.Stats().entries, 0u);
}

TEST_F(ExactCacheTest, KeysAreToldApartWhenEveryHashCollides) {
  ExactCache cache({.bytes = 1 << 20, .hash_bits = 1}, &stripes_);
  for (int i = 0; i < 6; ++i) {
    const std::string key = fmt::format("key{}", i);
    cache.Insert(key, 0, {.payload = key, .revision = 20});
  }
  const EpochPin pin;
  int found = 0;
  for (int i = 0; i < 6; ++i) {
    const std::string key = fmt::format("key{}", i);
    const auto hit = cache.Find(pin, key, 0, 20, kNow);
    ASSERT_TRUE(hit.has_value()) << key;
    EXPECT_EQ(hit->payload, key);
    ++found;
  }
  EXPECT_EQ(found, 6);
}

TEST_F(ExactCacheTest, WhatIsUsedOutlivesWhatIsNot) {
  ExactCache cache({.bytes = 1 << 20, .hash_bits = 1}, &stripes_);
  cache.Insert("hot", 0, {.payload = "hot", .revision = 20});
  for (int i = 0; i < 100; ++i) {
    const std::string key = fmt::format("cold{}", i);
    cache.Insert(key, 0, {.payload = key, .revision = 20});
    const EpochPin pin;
    ASSERT_TRUE(cache.Find(pin, "hot", 0, 20, kNow)) << "after " << key;
  }
  EXPECT_GT(cache.Stats().evictions, 80u);
}

TEST_F(ExactCacheTest, AFullOneTakesInWhatIsOfferedAgain) {
  ExactCache cache({.bytes = 64 << 10}, &stripes_);
  const std::string payload(2000, 'x');
  const auto insert = [&](int i) {
    const std::string key = fmt::format("key{}", i);
    return cache.Insert(key, Hash64(key), {.payload = payload, .revision = 20});
  };
  int refused = 0;
  while (refused < 100 && insert(refused)) ++refused;
  ASSERT_LT(refused, 64);
  EXPECT_GT(refused, 20);
  EXPECT_EQ(cache.Stats().evictions, 0u);
  EXPECT_TRUE(insert(refused));
  EXPECT_GT(cache.Stats().evictions, 0u);
}

TEST_F(ExactCacheTest, NeverHoldsMoreThanItsBytes) {
  for (const uint64_t bytes : {2048u, 16'384u, 100'000u}) {
    ExactCache cache({.bytes = bytes}, &stripes_);
    for (int i = 0; i < 5000; ++i) {
      const std::string key = fmt::format("key{}", i);
      cache.Insert(key, Hash64(key),
                   {.payload = std::string(i % 200, 'x'), .revision = 20});
      ASSERT_LE(cache.Stats().bytes, bytes);
    }
    const ExactCacheStats stats = cache.Stats();
    EXPECT_GT(stats.entries, 0u);
    EXPECT_LE(stats.entries, cache.capacity());
    EXPECT_GT(stats.bytes, bytes / 8) << "most of it is unused";
  }
}

TEST_F(ExactCacheTest, ATinyCacheIsOneBucket) {
  EXPECT_EQ(ExactCache({.bytes = 2048}, &stripes_).capacity(), 7u);
  EXPECT_EQ(ExactCache({.bytes = 1}, &stripes_).capacity(), 7u);
}

TEST_F(ExactCacheTest, AHitOutlivesItsEntryUnderThePin) {
  ExactCache cache({.bytes = 1 << 20, .hash_bits = 1}, &stripes_);
  cache.Insert("key", 0, {.payload = "payload", .revision = 20});
  const EpochPin pin;
  const auto hit = cache.Find(pin, "key", 0, 20, kNow);
  ASSERT_TRUE(hit.has_value());
  for (int i = 0; i < 1000; ++i) {
    const std::string key = fmt::format("other{}", i);
    cache.Insert(key, 0, {.payload = key, .revision = 20});
  }
  FreeRetired();
  EXPECT_EQ(hit->payload, "payload");
}

// A change that is stamped and published while a lookup is between looking at
// the stripes and raising what is verified: the lookup's answer is that of its
// own revision, and what it wrote does not make the entry good for the next.
TEST_F(ExactCacheTest, AChangeBehindTheVerificationIsSeenByTheNext) {
  Insert("key", "value", 20, {1});
  SetFaultHook("cache.find.verified", [this] {
    stripes_.Stamp(1, 31);
    return absl::OkStatus();
  });
  EXPECT_EQ(Find("key", 30), "value");
  SetFaultHook("cache.find.verified", nullptr);
  EXPECT_EQ(Find("key", 31), std::nullopt);
}

TEST_F(ExactCacheTest, InsertionGivesUpWhereAnotherInserts) {
  std::atomic<bool> nested{false};
  bool inner = true;
  SetFaultHook("cache.insert.publish", [&] {
    if (nested.exchange(true)) return absl::OkStatus();
    inner = Insert("key", "inner", 21, {1});
    return absl::OkStatus();
  });
  EXPECT_TRUE(Insert("key", "outer", 20, {1}));
  SetFaultHook("cache.insert.publish", nullptr);
  EXPECT_FALSE(inner);
  EXPECT_EQ(Find("key", 20), "outer");
}

// One writer changes numbered cells and publishes revisions; readers read cells
// through the cache, or the truth when it has none, and insert that, late or
// not. The history of each cell tells what is right at every revision.
TEST_F(ExactCacheTest, ReadersBesideAWriterAlwaysGetTheirRevision) {
  constexpr int kCells = 24;
  constexpr Revision kLast = 4000;
  // cells[c] at revision r is the last changed revision of c at or below r.
  const auto changes = [](Revision r) { return static_cast<int>(r * 7 % 24); };
  const auto truth = [&](int cell, Revision r) {
    while (r > 0 && changes(r) != cell) --r;
    return fmt::format("{}@{}", cell, r);
  };
  ChangeStripes stripes(4, 0);
  ExactCache cache({.bytes = 4096, .hash_bits = 4}, &stripes);
  std::atomic<Revision> head{0};
  std::thread writer([&] {
    for (Revision r = 1; r <= kLast; ++r) {
      stripes.Stamp(static_cast<Stripe>(changes(r) % 4), r);
      head.store(r, std::memory_order_release);
      if (r % 16 == 0) std::this_thread::yield();
    }
  });
  const auto read = [&](int seed) {
    for (int i = seed;; ++i) {
      const Revision now = head.load(std::memory_order_acquire);
      // Mostly the newest, sometimes an older one.
      const Revision r = i % 5 == 0 ? now - now / 8 : now;
      const int cell = i * 5 % kCells;
      const std::string key = fmt::format("cell{}", cell);
      const auto stripe = static_cast<Stripe>(cell % 4);
      const EpochPin pin;
      const auto hit = cache.Find(pin, key, Hash64(key), r, kNow);
      const std::string right = truth(cell, r);
      if (hit) {
        ASSERT_EQ(hit->payload, right) << "at " << r;
      } else {
        cache.Insert(
            key, Hash64(key),
            {.payload = right, .revision = r, .dependencies = {&stripe, 1}});
      }
      // The writer may be done before the readers begin.
      if (now == kLast && i >= seed + 1000) return;
    }
  };
  std::vector<std::thread> readers;
  for (int seed = 0; seed < 3; ++seed) readers.emplace_back(read, seed * 1000);
  writer.join();
  for (auto& reader : readers) reader.join();
  EXPECT_GT(cache.Stats().hits, 0u);
}

}  // namespace
}  // namespace kith::engine
