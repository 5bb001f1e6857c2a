#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "base/fault.h"
#include "base/mutex.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "storage/store.h"
#include "support/seed.h"
#include "unit/storage/store_model.h"

namespace kith::storage {
namespace {

absl::Time TimeOf(Revision revision) {
  return absl::FromUnixSeconds(1'700'000'000 + static_cast<int64_t>(revision));
}

// The states by revision, known before their revision is published.
class States {
 public:
  States() : states_(1, std::make_shared<const ModelState>()) {}

  void Add(ModelState state) {
    auto added = std::make_shared<const ModelState>(std::move(state));
    MutexLock lock(&mutex_);
    states_.push_back(std::move(added));
  }
  std::shared_ptr<const ModelState> At(Revision revision) {
    MutexLock lock(&mutex_);
    return states_.at(revision);
  }

 private:
  Mutex mutex_;
  std::vector<std::shared_ptr<const ModelState>> states_;
};

// Goes on from `state`, the newest one, with files that overwrite much of it.
void WriteImport(Store& store, States& states, std::mt19937_64& random,
                 ModelState& state) {
  const Revision revision = store.head() + 1;
  auto rows = store.NewImportRows({});
  ModelState last;
  for (int change = 0; change < 20; ++change) {
    const ModelKey key = RandomKey(random);
    ModelValue value = RandomValue(random);
    value.created = revision;
    ASSERT_TRUE(rows->Add(key.View(), value.View()).ok());
    last[key] = value;
  }
  bool changes = false;
  for (const auto& [key, value] : last) {
    const auto it = state.find(key);
    if (it != state.end()) {
      ModelValue same = value;
      same.created = it->second.created;
      if (same == it->second) continue;
    }
    state[key] = value;
    changes = true;
  }
  auto prepared = store.PrepareImport(std::move(rows), ImportRule::kTouch,
                                      TimeOf(revision));
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  if (!changes) return;
  states.Add(state);
  const auto status = store.CommitImport(*std::move(prepared), {});
  ASSERT_TRUE(status.ok()) << status;
}

// Goes on from `state`, the newest one.
void WriteGroups(Store& store, States& states, std::mt19937_64& random,
                 ModelState& state, int groups) {
  for (int i = 0; i < groups; ++i) {
    auto group = store.Begin();
    for (uint64_t commits = random() % 3 + 1; commits > 0; --commits) {
      const Revision revision = group->revision() + 1;
      group->BeginCommit(TimeOf(revision));
      for (int change = 0; change < 4; ++change) {
        const ModelKey key = RandomKey(random);
        const auto it = state.find(key);
        if (it != state.end() && it->second.created == revision) continue;
        if (random() % 3 == 0) {
          ASSERT_TRUE(group->Delete(key.View()).ok());
          state.erase(key);
        } else {
          ModelValue value = RandomValue(random);
          value.created = revision;
          ASSERT_TRUE(group->Put(key.View(), value.View()).ok());
          state[key] = value;
        }
      }
      states.Add(state);
    }
    CommitGroup(store, std::move(group));
    if (i % 8 == 0) WriteImport(store, states, random, state);
  }
}

void ReadAtHead(Store& store, States& states, std::mt19937_64& random) {
  const auto snapshot = store.AtHead();
  ExpectEqualState(*snapshot, *states.At(snapshot->revision()), random, 2);
}

void ReadSomewhere(Store& store, States& states, std::mt19937_64& random) {
  const StoreStats stats = store.Stats();
  const Revision revision =
      stats.horizon + random() % (stats.head - stats.horizon + 1);
  const auto snapshot = store.At(revision);
  if (!snapshot.ok()) {
    // The horizon passed it since; nothing else may go wrong.
    ASSERT_LT(revision, store.Stats().horizon) << snapshot.status();
    return;
  }
  ExpectEqualState(**snapshot, *states.At(revision), random, 2);
}

TEST(StoreThreadsTest, ReadersAreExactWhileCommitsAndGarbageCollectionGoOn) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  StoreOptions options;
  options.in_memory = true;
  options.sketch_slots = 1 << 12;
  auto store = *Store::Open(options);
  States states;
  // Widens the windows in which a commit is written but not published.
  for (const char* point :
       {"storage.commit.after_write", "storage.commit.before_publish"}) {
    SetFaultHook(point, [] {
      for (int i = 0; i < 4; ++i) std::this_thread::yield();
      return absl::OkStatus();
    });
  }
  std::atomic<bool> done{false};
  std::atomic<int> reads{0};
  std::vector<std::thread> threads;
  for (uint64_t reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&, reader] {
      std::mt19937_64 random(seed + 1 + reader);
      while (!done && !testing::Test::HasFatalFailure()) {
        reader == 0 ? ReadAtHead(*store, states, random)
                    : ReadSomewhere(*store, states, random);
        ++reads;
      }
    });
  }
  threads.emplace_back([&] {
    std::mt19937_64 random(seed + 9);
    while (!done) {
      const Revision kept = random() % 30;
      const Revision head = store->head();
      const auto horizon =
          store->CollectGarbage(TimeOf(head > kept ? head - kept : 0));
      EXPECT_TRUE(horizon.ok()) << horizon.status();
    }
  });
  // At least 120 groups, and on until the others had their share: the scheduler
  // promises them none.
  std::mt19937_64 random(seed);
  ModelState state;
  do {
    WriteGroups(*store, states, random, state, 120);
  } while (!testing::Test::HasFailure() &&
           (reads.load() <= 20 || store->Stats().horizon == 0));
  done = true;
  for (std::thread& thread : threads) thread.join();
  SetFaultHook("storage.commit.after_write", {});
  SetFaultHook("storage.commit.before_publish", {});
}

TEST(StoreThreadsTest, SymbolsAreFoundWhileOthersAreAdded) {
  StoreOptions options;
  options.in_memory = true;
  options.sketch_slots = 16;
  auto store = *Store::Open(options);
  constexpr int kNames = 500;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      for (int i = 0; i < kNames; ++i) {
        const std::string name = fmt::format("name{}", i);
        const auto symbol = store->FindSymbol(name);
        if (!symbol.has_value()) break;
        ASSERT_EQ(name, store->SymbolName(*symbol));
      }
    }
  });
  for (int i = 0; i < kNames; ++i) {
    auto group = store->Begin();
    group->BeginCommit(TimeOf(0));
    ASSERT_TRUE(group->Intern(fmt::format("name{}", i)).ok());
    CommitGroup(*store, std::move(group));
  }
  done = true;
  reader.join();
}

}  // namespace
}  // namespace kith::storage
