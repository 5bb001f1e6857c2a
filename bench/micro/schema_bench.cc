#include <string>

#include "benchmark/benchmark.h"
#include "caveat/caveat.h"
#include "micro/must.h"
#include "schema/schema.h"
#include "workloads/workload.h"

namespace kith {
namespace {

using bench::Must;

void BM_CompileDriveSchema(benchmark::State& state) {
  auto drive = bench::FindEntry("drive")->make(0.01, 1);
  std::string text(drive->schema());
  for (auto _ : state) benchmark::DoNotOptimize(Must(schema::Compile(text)));
}
BENCHMARK(BM_CompileDriveSchema);

void BM_PrintDriveSchema(benchmark::State& state) {
  auto drive = bench::FindEntry("drive")->make(0.01, 1);
  auto compiled = Must(schema::Compile(drive->schema()));
  for (auto _ : state) benchmark::DoNotOptimize(schema::Print(*compiled));
}
BENCHMARK(BM_PrintDriveSchema);

// A caveat with a context of a row and one of a request.
struct Condition {
  std::shared_ptr<const caveat::CompiledCaveat> caveat;
  Struct stored;
  Struct given;
};

Condition InRegion() {
  const caveat::Parameter parameters[] = {{"region", "string"},
                                          {"allowed", "list<string>"}};
  return {
      Must(caveat::CompileCaveat("in_region", parameters, "region in allowed")),
      {{"allowed",
        {ValueList{{std::string("asia")}, {std::string("europe")}}}}},
      {{"region", {std::string("europe")}}}};
}

void BM_EvaluateCaveat(benchmark::State& state) {
  Condition c = InRegion();
  caveat::Context stored = Must(c.caveat->ConvertContext(c.stored));
  caveat::Context given = Must(c.caveat->ConvertContext(c.given));
  for (auto _ : state) {
    benchmark::DoNotOptimize(Must(c.caveat->Evaluate(stored, given)));
  }
}
BENCHMARK(BM_EvaluateCaveat);

void BM_ConvertCaveatContext(benchmark::State& state) {
  Condition c = InRegion();
  for (auto _ : state) {
    benchmark::DoNotOptimize(Must(c.caveat->ConvertContext(c.stored)));
  }
}
BENCHMARK(BM_ConvertCaveatContext);

}  // namespace
}  // namespace kith
