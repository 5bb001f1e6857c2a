#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "benchmark/benchmark.h"
#include "micro/must.h"
#include "storage/store.h"

namespace kith::storage {
namespace {

using bench::Must;

constexpr Symbol kDocument = 1;
constexpr Symbol kViewer = 2;
constexpr Symbol kUser = 3;

// 1,000 documents with 100 viewers each, in memory.
class Rows {
 public:
  Rows() : store_(Must(Store::Open({.path = "", .in_memory = true}))) {
    auto transaction = store_->Begin();
    transaction->BeginCommit(absl::Now());
    for (int d = 0; d < 1000; ++d) {
      document_ = "d" + std::to_string(d);
      for (int u = 0; u < 100; ++u) {
        user_ = "u" + std::to_string(u);
        Must(transaction->Put(Key(), {}));
      }
    }
    Must(store_->Commit(std::move(transaction), {}));
  }

  static Rows& Get() {
    static Rows& rows = *new Rows;
    return rows;
  }

  Store& store() { return *store_; }
  TupleKey Find(int document, const std::string& user) {
    document_ = "d" + std::to_string(document % 1000);
    user_ = user;
    return Key();
  }

 private:
  TupleKey Key() const {
    return {.resource_type = kDocument,
            .resource_id = document_,
            .relation = kViewer,
            .subject_type = kUser,
            .subject_id = user_,
            .subject_relation = kNoSymbol};
  }

  std::unique_ptr<Store> store_;
  std::string document_;
  std::string user_;
};

void BM_AtHead(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Rows::Get().store().AtHead());
}
BENCHMARK(BM_AtHead);

void Get(benchmark::State& state, const std::string& user) {
  auto snapshot = Rows::Get().store().AtHead();
  TupleValue value;
  int document = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        snapshot->Get(Rows::Get().Find(document += 7, user), &value));
  }
}
void BM_GetHit(benchmark::State& state) { Get(state, "u50"); }
BENCHMARK(BM_GetHit);
void BM_GetMiss(benchmark::State& state) { Get(state, "u500"); }
BENCHMARK(BM_GetMiss);

// 100 rows.
void BM_ScanForward(benchmark::State& state) {
  auto snapshot = Rows::Get().store().AtHead();
  int document = 0;
  size_t rows = 0;
  for (auto _ : state) {
    TupleKey key = Rows::Get().Find(document += 7, "");
    auto found = snapshot->Scan({.resource_type = key.resource_type,
                                 .resource_id = key.resource_id,
                                 .relation = key.relation});
    for (; found->Valid(); found->Next()) ++rows;
    Must(found->status());
  }
  state.SetItemsProcessed(static_cast<int64_t>(rows));
}
BENCHMARK(BM_ScanForward);

// 1,000 rows.
void BM_ScanReverse(benchmark::State& state) {
  auto snapshot = Rows::Get().store().AtHead();
  size_t rows = 0;
  for (auto _ : state) {
    auto found = snapshot->Scan({.resource_type = kDocument,
                                 .relation = kViewer,
                                 .subject_type = kUser,
                                 .subject_id = "u50",
                                 .subject_relation = kNoSymbol});
    for (; found->Valid(); found->Next()) ++rows;
    Must(found->status());
  }
  state.SetItemsProcessed(static_cast<int64_t>(rows));
}
BENCHMARK(BM_ScanReverse);

}  // namespace
}  // namespace kith::storage
