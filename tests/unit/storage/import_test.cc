#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/fault.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "rocksdb/write_batch.h"
#include "storage/changelog.h"
#include "storage/families.h"
#include "storage/store.h"
#include "support/temp_dir.h"
#include "unit/storage/store_model.h"

// Imports as files: what a crash or a failure at any step leaves, and what the
// random model (store_model_test.cc) is too small for.

namespace kith::storage {
namespace {

namespace fs = std::filesystem;

constexpr Revision kBefore = 3;

StoreOptions OptionsFor(const std::string& path) {
  StoreOptions options;
  options.path = path;
  options.block_cache_bytes = 1 << 20;
  options.sketch_slots = 64;
  options.log_piece_bytes = 200;
  return options;
}

absl::Time TimeOf(Revision revision) {
  return absl::FromUnixSeconds(1'000 + static_cast<int64_t>(revision));
}

ModelKey KeyOf(int i) {
  return {1, fmt::format("document{}", i % 7), 2,
          3, fmt::format("user{}", i),         0};
}

// kBefore commits of one relationship each.
void PutSome(Store& store) {
  for (Revision r = 1; r <= kBefore; ++r) {
    auto group = store.Begin();
    group->BeginCommit(TimeOf(r));
    ASSERT_TRUE(group->Put(KeyOf(static_cast<int>(r)).View(), {}).ok());
    CommitGroup(store, std::move(group));
  }
}

// Touches what is there, with a caveat, and more.
absl::StatusOr<std::unique_ptr<PreparedImport>> Prepare(Store& store) {
  auto rows = store.NewImportRows({.memory_bytes = 500, .file_bytes = 1 << 20});
  for (int i = 0; i < 50; ++i) {
    const absl::Status added = rows->Add(KeyOf(i).View(), {.caveat = 9});
    if (!added.ok()) return added;
  }
  return store.PrepareImport(std::move(rows), ImportRule::kTouch,
                             TimeOf(store.head() + 1));
}

absl::Status Import(Store& store) {
  auto prepared = Prepare(store);
  if (!prepared.ok()) return prepared.status();
  return store.CommitImport(*std::move(prepared), {});
}

size_t FilesOfImports(const std::string& path) {
  return static_cast<size_t>(std::distance(
      fs::directory_iterator(path + "/import"), fs::directory_iterator()));
}

// Either nothing of the import is there or all of it, in every family.
void ExpectAllOrNothing(Store& store, bool all) {
  ASSERT_EQ(all ? kBefore + 1 : kBefore, store.head());
  for (const ScanOrder order : {ScanOrder::kForward, ScanOrder::kReverse}) {
    const auto rows = Drain(store.AtHead()->Scan({}, order, nullptr));
    ASSERT_EQ(all ? 50u : 3u, rows.size());
    for (const auto& [key, value] : rows) {
      EXPECT_EQ(all ? 9 : 0, value.caveat);
    }
    const auto old = Drain((*store.At(kBefore))->Scan({}, order, nullptr));
    ASSERT_EQ(3u, old.size());
    for (const auto& [key, value] : old) EXPECT_EQ(0, value.caveat);
  }
  size_t changes = 0;
  ASSERT_TRUE(store
                  .ReadLog(0, store.head(),
                           [&](const CommitRecord& record) {
                             changes += record.changes.size();
                             return true;
                           })
                  .ok());
  EXPECT_EQ(all ? 53u : 3u, changes);
}

// The files as a crash at a fault point would leave them, opened anew.
class ImportCrashTest
    : public testing::TestWithParam<std::pair<const char*, bool>> {};

TEST_P(ImportCrashTest, LeavesAllOrNothing) {
  const auto [point, all] = GetParam();
  const support::TempDir temp;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    PutSome(*store);
    SetFaultHook(point, [&] {
      fs::copy(temp / "db", temp / "crashed", fs::copy_options::recursive);
      return absl::OkStatus();
    });
    const absl::Status imported = Import(*store);
    SetFaultHook(point, {});
    ASSERT_TRUE(imported.ok()) << imported;
    ExpectAllOrNothing(*store, true);
    EXPECT_EQ(0u, FilesOfImports(temp / "db"));
  }
  // No crash is a crash of nothing.
  ExpectAllOrNothing(**Store::Open(OptionsFor(temp / "db")), true);
  auto store = Store::Open(OptionsFor(temp / "crashed"));
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(0u, FilesOfImports(temp / "crashed"));
  ExpectAllOrNothing(**store, all);
  if (all) return;
  const absl::Status again = Import(**store);
  ASSERT_TRUE(again.ok()) << again;
  ExpectAllOrNothing(**store, true);
}

INSTANTIATE_TEST_SUITE_P(
    Points, ImportCrashTest,
    testing::Values(std::pair("storage.import.before_files", false),
                    std::pair("storage.import.after_files", false),
                    std::pair("storage.commit.before_write", false),
                    std::pair("storage.commit.after_write", true),
                    std::pair("storage.commit.before_publish", true)));

TEST(ImportTest, ATableFileThatIsGoneFailsTheCommitForGood) {
  const support::TempDir temp;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    PutSome(*store);
    auto prepared = Prepare(*store);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    for (const auto& entry : fs::directory_iterator(temp / "db/import")) {
      if (entry.path().extension() == ".sst") {
        fs::remove(entry.path());
        break;
      }
    }
    EXPECT_EQ(absl::StatusCode::kUnavailable,
              store->CommitImport(*std::move(prepared), {}).code());
    EXPECT_EQ(kBefore, store->head());
    EXPECT_EQ(absl::StatusCode::kUnavailable, Import(*store).code());
  }
  ExpectAllOrNothing(**Store::Open(OptionsFor(temp / "db")), false);
}

TEST(ImportTest, AFailureBeforeTheCommitChangesNothing) {
  const support::TempDir temp;
  auto store = *Store::Open(OptionsFor(temp / "db"));
  PutSome(*store);
  for (const char* point :
       {"storage.import.before_files", "storage.import.after_files"}) {
    SetFaultHook(point, [] { return absl::UnavailableError("no room"); });
    EXPECT_EQ(absl::StatusCode::kUnavailable, Import(*store).code());
    SetFaultHook(point, {});
    EXPECT_EQ(0u, FilesOfImports(temp / "db"));
    ExpectAllOrNothing(*store, false);
  }
  ASSERT_TRUE(Import(*store).ok());
  ExpectAllOrNothing(*store, true);
}

// Every import changes all rows, so at each of its moments a reader of the head
// before it needs either the latest row of before or the history of after.
TEST(ImportTest, ReadersAreExactWhileFilesAreTakenIn) {
  constexpr int kRows = 40;
  constexpr Revision kImports = 60;
  const support::TempDir temp;
  const auto store = *Store::Open(OptionsFor(temp / "db"));
  const auto import = [&](Revision revision) -> absl::Status {
    auto rows = store->NewImportRows({});
    for (int i = 0; i < kRows; ++i) {
      const absl::Status added =
          rows->Add(KeyOf(i).View(), {.caveat = static_cast<Symbol>(revision)});
      if (!added.ok()) return added;
    }
    auto prepared = store->PrepareImport(std::move(rows), ImportRule::kTouch,
                                         TimeOf(revision));
    if (!prepared.ok()) return prepared.status();
    return store->CommitImport(*std::move(prepared), {});
  };
  ASSERT_TRUE(import(1).ok());
  std::atomic<bool> done{false};
  std::atomic<uint64_t> reads{0};
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&, reader] {
      for (int i = reader; !done; ++i) {
        const auto snapshot = store->AtHead();
        const ModelKey key = KeyOf(i % kRows);
        TupleValue value;
        const auto found = snapshot->Get(key.View(), &value);
        ASSERT_TRUE(found.ok() && *found) << snapshot->revision();
        ASSERT_EQ(snapshot->revision(), value.created);
        for (const ScanOrder order :
             {ScanOrder::kForward, ScanOrder::kReverse}) {
          TupleFilter filter;
          filter.resource_type = key.View().resource_type;
          filter.resource_id = key.View().resource_id;
          filter.relation = key.View().relation;
          filter.subject_type = key.View().subject_type;
          filter.subject_id = key.View().subject_id;
          const auto rows = snapshot->Scan(filter, order, nullptr);
          ASSERT_TRUE(rows->Valid()) << snapshot->revision();
          ASSERT_EQ(snapshot->revision(), rows->value().created);
        }
        reads.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  for (Revision revision = 2; revision <= kImports; ++revision) {
    EXPECT_TRUE(import(revision).ok());
  }
  // Not one reader that never came to read.
  while (reads < 100 && !testing::Test::HasFailure()) {
    std::this_thread::yield();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
}

TEST(ImportTest, ADamagedTemporaryFileIsNoticed) {
  const support::TempDir temp;
  auto store = *Store::Open(OptionsFor(temp / "db"));
  auto rows = store->NewImportRows({.memory_bytes = 1, .file_bytes = 1 << 20});
  ASSERT_TRUE(rows->Add(KeyOf(1).View(), {}).ok());
  for (const auto& entry : fs::directory_iterator(temp / "db/import")) {
    fs::resize_file(entry.path(), entry.file_size() - 13);
  }
  EXPECT_EQ(absl::StatusCode::kDataLoss,
            store->PrepareImport(std::move(rows), ImportRule::kTouch, TimeOf(1))
                .status()
                .code());
}

TEST(ImportTest, MemoryAndFilesAreBounded) {
  const support::TempDir temp;
  auto store = *Store::Open(OptionsFor(temp / "db"));
  for (const uint64_t file_bytes : {uint64_t{0}, uint64_t{3000}}) {
    auto rows =
        store->NewImportRows({.memory_bytes = 2000, .file_bytes = file_bytes});
    absl::Status status;
    int added = 0;
    for (; status.ok() && added < 1000; ++added) {
      status = rows->Add(KeyOf(added).View(), {});
      EXPECT_LE(rows->memory_bytes(), 2200u);
    }
    EXPECT_EQ(absl::StatusCode::kResourceExhausted, status.code());
    EXPECT_GT(added, 10);
    EXPECT_LT(added, 200);
    EXPECT_EQ(status, rows->Add(KeyOf(added).View(), {}));
  }
  EXPECT_EQ(0u, FilesOfImports(temp / "db"));
}

// Many blocks, many files and many pieces, against a sorted copy.
TEST(ImportTest, ManyRowsComeBackInBothOrders) {
  const support::TempDir temp;
  auto store = *Store::Open(OptionsFor(temp / "db"));
  auto rows =
      store->NewImportRows({.memory_bytes = 1 << 20, .file_bytes = 1 << 30});
  std::map<ModelKey, Symbol> expected;
  std::mt19937_64 random(1);  // any will do
  for (int i = 0; i < 60'000; ++i) {
    // Ids that are beginnings of one another.
    const std::string id(random() % 20, 'x');
    const ModelKey key{1, fmt::format("{}{}", id, random() % 5000), 2,
                       3, fmt::format("{}", random() % 3000),       0};
    const auto caveat = static_cast<Symbol>(1 + random() % 3);
    ASSERT_TRUE(rows->Add(key.View(), {.caveat = caveat}).ok());
    expected[key] = caveat;
  }
  ASSERT_TRUE(rows->in_files());
  auto prepared =
      store->PrepareImport(std::move(rows), ImportRule::kTouch, TimeOf(1));
  ASSERT_TRUE(prepared.ok()) << prepared.status();
  ASSERT_EQ(expected.size(), (*prepared)->changes());
  ASSERT_TRUE(store->CommitImport(*std::move(prepared), {}).ok());
  for (const ScanOrder order : {ScanOrder::kForward, ScanOrder::kReverse}) {
    const auto found = Drain(store->AtHead()->Scan({}, order, nullptr));
    ASSERT_EQ(expected.size(), found.size());
    for (size_t i = 0; i < found.size(); ++i) {
      const auto& [key, value] = found[i];
      ASSERT_EQ(expected.at(key), value.caveat);
      ASSERT_EQ(1u, value.created);
      if (i == 0) continue;
      ASSERT_TRUE(ComesBefore(order, found[i - 1].first, key));
    }
  }
}

// The pieces of the row at the horizon go, the row itself stays.
TEST(ImportTest, PiecesAreCollectedAndTheChainHoldsWithoutThem) {
  const support::TempDir temp;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    PutSome(*store);
    ASSERT_TRUE(Import(*store).ok());
    const auto row = *store->ReadCommit(store->head());
    ASSERT_EQ(kBefore + 1, *store->CollectGarbage(TimeOf(99)));
    // Who is still at it is told, and gets no part of it for the whole.
    EXPECT_EQ(
        absl::StatusCode::kOutOfRange,
        row->Visit(0, [](const Change&) { return true; }).status().code());
  }
  auto store = Store::Open(OptionsFor(temp / "db"));
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(50u, Drain((*store)->AtHead()->Scan({})).size());
}

// Changes the database behind the store's back.
void Tamper(const std::string& path, Revision revision, uint32_t piece,
            const std::string& bytes) {
  auto families = Families::Open({.path = path});
  ASSERT_TRUE(families.ok()) << families.status();
  rocksdb::WriteBatch batch;
  rocksdb::ColumnFamilyHandle* log = (*families)->handle(Family::kLog);
  const std::string key = LogPieceKey(revision, piece);
  const auto status =
      bytes.empty() ? batch.Delete(log, key) : batch.Put(log, key, bytes);
  ASSERT_TRUE(status.ok());
  ASSERT_TRUE((*families)->db()->Write({}, &batch).ok());
}

TEST(ImportTest, AnAlteredPieceIsDataLossWhereItIsRead) {
  const support::TempDir temp;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    PutSome(*store);
    ASSERT_TRUE(Import(*store).ok());
  }
  Tamper(temp / "db", kBefore + 1, 2, "nonsense");
  auto store = Store::Open(OptionsFor(temp / "db"));
  ASSERT_TRUE(store.ok()) << store.status();
  const auto row = (*store)->ReadCommit(kBefore + 1);
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ(
      absl::StatusCode::kDataLoss,
      (*row)->Visit(0, [](const Change&) { return true; }).status().code());
}

TEST(ImportTest, ALostLastPieceIsNoticedByTheOpening) {
  const support::TempDir temp;
  size_t pieces = 0;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    PutSome(*store);
    ASSERT_TRUE(Import(*store).ok());
  }
  {
    auto families = *Families::Open({.path = temp / "db"});
    LogRow row;
    ASSERT_TRUE(ReadLogRow(*families, kBefore + 1, &row).ok());
    pieces = row.pieces();
  }
  ASSERT_GT(pieces, 2u);
  Tamper(temp / "db", kBefore + 1, static_cast<uint32_t>(pieces - 1), "");
  EXPECT_EQ(absl::StatusCode::kDataLoss,
            Store::Open(OptionsFor(temp / "db")).status().code());
}

TEST(ImportTest, ACheckpointOfIngestedFilesOpens) {
  const support::TempDir temp;
  auto store = *Store::Open(OptionsFor(temp / "db"));
  PutSome(*store);
  ASSERT_TRUE(Import(*store).ok());
  ASSERT_TRUE(store->Checkpoint(temp / "copy").ok());
  ExpectAllOrNothing(**Store::Open(OptionsFor(temp / "copy")), true);
}

}  // namespace
}  // namespace kith::storage
