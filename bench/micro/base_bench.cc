#include <string>

#include "base/coding.h"
#include "base/epoch.h"
#include "base/hash.h"
#include "benchmark/benchmark.h"

namespace kith {
namespace {

void BM_Hash64(benchmark::State& state) {
  std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    benchmark::DoNotOptimize(Hash64(bytes));
  }
}
BENCHMARK(BM_Hash64)->Arg(16)->Arg(48)->Arg(256);

void BM_Varint(benchmark::State& state) {
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    PutVarint(&bytes, 123'456'789);
    benchmark::DoNotOptimize(Decoder(bytes).Varint());
  }
}
BENCHMARK(BM_Varint);

void BM_EpochPin(benchmark::State& state) {
  for (auto _ : state) {
    EpochPin pin;
    benchmark::DoNotOptimize(pin);
  }
}
BENCHMARK(BM_EpochPin)->ThreadRange(1, 2);

}  // namespace
}  // namespace kith
