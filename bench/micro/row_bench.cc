#include <string>

#include "benchmark/benchmark.h"
#include "storage/change_stripes.h"
#include "storage/row_codec.h"

namespace kith::storage {
namespace {

constexpr TupleKey kKey = {.resource_type = 3,
                           .resource_id = "d1234567",
                           .relation = 5,
                           .subject_type = 2,
                           .subject_id = "u7654321",
                           .subject_relation = 0};

ScanOrder OrderOf(const benchmark::State& state) {
  return state.range(0) == 0 ? ScanOrder::kForward : ScanOrder::kReverse;
}

void BM_EncodeKey(benchmark::State& state) {
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    AppendKey(OrderOf(state), kKey, &bytes);
    benchmark::DoNotOptimize(bytes);
  }
}
BENCHMARK(BM_EncodeKey)->Arg(0)->Arg(1);

void BM_DecodeKey(benchmark::State& state) {
  std::string bytes;
  AppendKey(OrderOf(state), kKey, &bytes);
  TupleKey key;
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    benchmark::DoNotOptimize(DecodeKey(OrderOf(state), bytes, &key));
  }
}
BENCHMARK(BM_DecodeKey)->Arg(0)->Arg(1);

void BM_DecodeRow(benchmark::State& state) {
  std::string bytes;
  TupleValue value;
  if (state.range(0) != 0)
    value.expires_at = absl::FromUnixSeconds(1'900'000'000);
  AppendRow(123'456, value, &bytes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    benchmark::DoNotOptimize(DecodeRow(bytes, &value));
  }
}
BENCHMARK(BM_DecodeRow)->Arg(0)->Arg(1);

void BM_StampTuple(benchmark::State& state) {
  ChangeStripes stripes(ChangeStripes::kDefaultCount, 1);
  std::string forward;
  std::string reverse;
  AppendKey(ScanOrder::kForward, kKey, &forward);
  AppendKey(ScanOrder::kReverse, kKey, &reverse);
  Revision revision = 1;
  for (auto _ : state) stripes.StampTuple(forward, reverse, ++revision);
}
BENCHMARK(BM_StampTuple);

void BM_LastChange(benchmark::State& state) {
  ChangeStripes stripes(ChangeStripes::kDefaultCount, 1);
  std::vector<ChangeStripes::Index> indices;
  for (uint32_t i = 0; i < 6; ++i) indices.push_back(i * 65'537);
  for (auto _ : state) benchmark::DoNotOptimize(stripes.LastChange(indices));
}
BENCHMARK(BM_LastChange);

}  // namespace
}  // namespace kith::storage
