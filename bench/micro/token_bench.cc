#include <memory>
#include <string>

#include "benchmark/benchmark.h"
#include "db/token.h"
#include "micro/must.h"

namespace kith::db {
namespace {

using bench::Must;

std::unique_ptr<TokenCodec> Codec() {
  return Must(TokenCodec::Create(std::string(16, 'd'), std::string(16, 'k')));
}

void BM_EncodeToken(benchmark::State& state) {
  auto codec = Codec();
  storage::Revision revision = 1;
  for (auto _ : state) benchmark::DoNotOptimize(codec->Encode(++revision));
}
BENCHMARK(BM_EncodeToken);

void BM_EncodeSameToken(benchmark::State& state) {
  auto codec = Codec();
  for (auto _ : state) benchmark::DoNotOptimize(codec->Encode(7));
}
BENCHMARK(BM_EncodeSameToken);

void BM_DecodeToken(benchmark::State& state) {
  auto codec = Codec();
  Token token = codec->Encode(7);
  for (auto _ : state) benchmark::DoNotOptimize(Must(codec->Decode(token)));
}
BENCHMARK(BM_DecodeToken);

}  // namespace
}  // namespace kith::db
