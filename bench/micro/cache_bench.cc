#include <string>
#include <vector>

#include "base/hash.h"
#include "benchmark/benchmark.h"
#include "engine/exact_cache.h"
#include "storage/change_stripes.h"

namespace kith::engine {
namespace {

constexpr int kEntries = 100'000;
constexpr storage::Revision kRevision = 10;
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Entries as results are: a key of 60 bytes, a few bytes of payload and six
// dependencies.
struct Filled {
  storage::ChangeStripes stripes{storage::ChangeStripes::kDefaultCount, 1};
  ExactCache cache{{.bytes = 64 << 20}, &stripes};
  std::vector<std::string> keys;
  std::vector<uint64_t> hashes;
  std::vector<ExactCache::Stripe> dependencies;

  Filled() {
    for (int i = 0; i < kEntries; ++i) {
      keys.push_back("document:d#view@user:u" + std::to_string(i));
      keys.back().resize(60, 'x');
      hashes.push_back(Hash64(keys.back()));
    }
    for (uint32_t i = 0; i < 6; ++i) dependencies.push_back(i * 65'537);
    for (int i = 0; i < kEntries; ++i) Insert(i, kRevision);
  }
  bool Insert(int i, storage::Revision revision) {
    auto at = static_cast<size_t>(i % kEntries);
    return cache.Insert(
        keys[at], hashes[at],
        {.payload = "yes", .revision = revision, .dependencies = dependencies});
  }
  bool Find(int i, storage::Revision revision) {
    auto at = static_cast<size_t>(i % kEntries);
    EpochPin pin;
    return cache.Find(pin, keys[at], hashes[at], revision, kNow).has_value();
  }
};

void BM_CacheHit(benchmark::State& state) {
  Filled filled;
  int i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.Find(i += 7919, kRevision));
  }
}
BENCHMARK(BM_CacheHit);

// At a newer revision each time: what depends on no change is verified.
void BM_CacheHitAfterWrites(benchmark::State& state) {
  Filled filled;
  storage::Revision revision = kRevision;
  int i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.Find(i += 7919, ++revision));
  }
}
BENCHMARK(BM_CacheHitAfterWrites);

void BM_CacheStale(benchmark::State& state) {
  Filled filled;
  filled.stripes.Stamp(filled.dependencies.back(), kRevision + 1);
  int i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.Find(i += 7919, kRevision + 1));
  }
}
BENCHMARK(BM_CacheStale);

void BM_CacheMiss(benchmark::State& state) {
  Filled filled;
  std::string key(60, 'y');
  uint64_t hash = 0;
  for (auto _ : state) {
    EpochPin pin;
    hash += 0x9e3779b97f4a7c15;
    benchmark::DoNotOptimize(
        filled.cache.Find(pin, key, hash, kRevision, kNow));
  }
}
BENCHMARK(BM_CacheMiss);

void BM_CacheInsert(benchmark::State& state) {
  Filled filled;
  storage::Revision revision = kRevision;
  int i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.Insert(i += 7919, ++revision));
  }
}
BENCHMARK(BM_CacheInsert);

}  // namespace
}  // namespace kith::engine
