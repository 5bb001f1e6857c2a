#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "kith/database.h"
#include "micro/must.h"
#include "workloads/questions.h"
#include "workloads/workload.h"

namespace kith::bench {
namespace {

// A workload in a database in memory.
struct World {
  std::unique_ptr<Workload> workload;
  std::unique_ptr<Database> db;

  World(std::string_view name, double scale, Options options)
      : workload(FindEntry(name)->make(scale, 1)) {
    options.in_memory = true;
    db = Must(Database::Open(options));
    Must(db->WriteSchema(workload->schema()).status());
    auto import = db->NewImport({});
    std::vector<Relationship> all;
    for (uint64_t i = 0; i < workload->relationship_count(); ++i) {
      all.push_back(workload->At(i));
    }
    Must(import->Add(std::move(all)));
    Must(import->Commit().status());
  }

  std::vector<CheckRequest> Requests(Keys keys, size_t count) const {
    Questions questions(workload.get(), 1, keys);
    std::vector<CheckRequest> requests(count);
    for (CheckRequest& request : requests) {
      CheckQuestion question = questions.Check();
      request.resource = question.resource;
      request.permission = question.permission;
      request.subject = question.subject;
    }
    return requests;
  }
};

// About 40,000 relationships, with all caches and without that of results.
World& Drive() {
  static World& world = *new World("drive", 0.04, Options());
  return world;
}
World& DriveWithoutResults() {
  static World& world = *new World("drive", 0.04, [] {
    Options options;
    options.result_cache_bytes = 0;
    return options;
  }());
  return world;
}

void Check(benchmark::State& state, const World& world) {
  auto requests = world.Requests(Keys::kUniform, 1000);
  for (const CheckRequest& request : requests) Must(world.db->Check(request));
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.db->Check(requests[i++ % 1000]));
  }
}
void BM_CheckCached(benchmark::State& state) { Check(state, Drive()); }
BENCHMARK(BM_CheckCached);
void BM_CheckRowsResident(benchmark::State& state) {
  Check(state, DriveWithoutResults());
}
BENCHMARK(BM_CheckRowsResident);

void Bulk(benchmark::State& state, const World& world) {
  Questions questions(world.workload.get(), 1, Keys::kUniform);
  std::vector<BulkCheckRequest> pages(100);
  for (BulkCheckRequest& page : pages) {
    for (CheckQuestion& question : questions.Bulk(100)) {
      page.items.push_back({std::move(question.resource),
                            std::move(question.permission),
                            std::move(question.subject),
                            {}});
    }
  }
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(Must(world.db->CheckBulk(pages[i++ % 100])));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 100);
}
void BM_CheckBulk100Cached(benchmark::State& state) { Bulk(state, Drive()); }
BENCHMARK(BM_CheckBulk100Cached);
void BM_CheckBulk100RowsResident(benchmark::State& state) {
  Bulk(state, DriveWithoutResults());
}
BENCHMARK(BM_CheckBulk100RowsResident);

void BM_LookupResources1000(benchmark::State& state) {
  World world("lookup-resources-1k", 0.04, Options());
  LookupResourcesRequest request;
  request.resource_type = "document";
  request.permission = "view";
  request.subject = SubjectRef(ObjectRef("user", "u0"));
  for (auto _ : state) {
    auto stream = Must(world.db->LookupResources(request));
    while (!Must(stream->Next()).empty()) {
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 1000);
}
BENCHMARK(BM_LookupResources1000);

void BM_LookupSubjects1000(benchmark::State& state) {
  World world("lookup-subjects-1k", 0.04, Options());
  LookupSubjectsRequest request;
  request.resource = ObjectRef("group", "g0");
  request.permission = "member";
  request.subject_type = "user";
  for (auto _ : state) {
    auto stream = Must(world.db->LookupSubjects(request));
    while (!Must(stream->Next()).empty()) {
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 1000);
}
BENCHMARK(BM_LookupSubjects1000);

// Wall time: the committer has a thread of its own.
void BM_Commit(benchmark::State& state) {
  World world("drive", 0.01, Options());
  Questions questions(world.workload.get(), 1, Keys::kUniform);
  for (auto _ : state) {
    state.PauseTiming();
    auto updates = questions.Write(static_cast<size_t>(state.range(0)));
    state.ResumeTiming();
    Must(world.db->Write(std::move(updates)).status());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) *
                          state.range(0));
}
BENCHMARK(BM_Commit)->Arg(1)->Arg(100)->UseRealTime();

}  // namespace
}  // namespace kith::bench
