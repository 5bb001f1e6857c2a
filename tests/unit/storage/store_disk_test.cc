#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "storage/changelog.h"
#include "storage/families.h"
#include "storage/meta.h"
#include "storage/row_codec.h"
#include "storage/store.h"
#include "support/temp_dir.h"
#include "unit/storage/store_model.h"

// What the files on disk guarantee: who may open them, what damage is found,
// what a crash leaves.

namespace kith::storage {
namespace {

namespace fs = std::filesystem;

constexpr auto kAlways = ~uint64_t{0};

StoreOptions OptionsFor(const std::string& path) {
  StoreOptions options;
  options.path = path;
  options.block_cache_bytes = 1 << 20;
  options.sketch_slots = 64;
  return options;
}

ModelKey KeyOf(int i) {
  return {1, fmt::format("document{}", i % 7), 2,
          3, fmt::format("user{}", i),         0};
}

void PutMany(Store& store, int from, int to) {
  for (int i = from; i < to; ++i) {
    auto group = store.Begin();
    group->BeginCommit(absl::FromUnixSeconds(1000 + i));
    ASSERT_TRUE(group->Put(KeyOf(i).View(), {}).ok());
    if (i % 3 == 2) {
      ASSERT_TRUE(group->Delete(KeyOf(i - 1).View()).ok());
    }
    CommitGroup(store, std::move(group));
  }
}

absl::Status OpenStatus(const std::string& path) {
  return Store::Open(OptionsFor(path)).status();
}

std::string WriteAheadLog(const std::string& path) {
  std::vector<std::string> logs;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() == ".log") logs.push_back(entry.path());
  }
  EXPECT_EQ(1u, logs.size());
  return logs.at(0);
}

void Overwrite(const std::string& path, size_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file << bytes;
  ASSERT_TRUE(file.good());
}

uint8_t ByteAt(const std::string& path, size_t at) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  return static_cast<uint8_t>(file.get());
}

TEST(StoreDiskTest, EverythingSurvivesAReopen) {
  const support::TempDir temp;
  std::string id;
  std::vector<ModelRow> rows;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    id = store->database_id();
    auto group = store->Begin();
    group->BeginCommit(absl::FromUnixSeconds(999));
    ASSERT_TRUE(group->Intern("user").ok());
    group->PutSchema("definition user {}", "hash");
    CommitGroup(*store, std::move(group));
    PutMany(*store, 0, 20);
    rows = Drain(store->AtHead()->Scan({}));
  }
  auto store = *Store::Open(OptionsFor(temp / "db"));
  EXPECT_EQ(id, store->database_id());
  EXPECT_EQ(21u, store->head());
  EXPECT_EQ(absl::FromUnixSeconds(1019), store->last_commit_time());
  EXPECT_EQ(Symbol{1}, store->FindSymbol("user"));
  EXPECT_EQ("definition user {}", (*store->SchemaAt(21))->text);
  EXPECT_EQ(rows, Drain(store->AtHead()->Scan({})));
  PutMany(*store, 20, 25);
  EXPECT_EQ(26u, store->head());
}

TEST(StoreDiskTest, AbsentDatabaseIsNotFoundUnlessItMayBeMade) {
  const support::TempDir temp;
  StoreOptions options = OptionsFor(temp / "db");
  options.create_if_missing = false;
  EXPECT_EQ(absl::StatusCode::kNotFound, Store::Open(options).status().code());
  EXPECT_FALSE(fs::exists(temp / "db"));
  ASSERT_TRUE(OpenStatus(temp / "db").ok());
  EXPECT_TRUE(Store::Open(options).ok());
}

TEST(StoreDiskTest, SecondOpenIsRefusedAndChangesNothing) {
  const support::TempDir temp;
  auto store = *Store::Open(OptionsFor(temp / "db"));
  const absl::Status second = OpenStatus(temp / "db");
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition, second.code());
  EXPECT_NE(std::string::npos,
            std::string(second.message()).find("already open"));
  PutMany(*store, 0, 2);
  store.reset();
  EXPECT_TRUE(OpenStatus(temp / "db").ok());
}

TEST(StoreDiskTest, UnknownFormatIsRefusedBeforeAnythingIsWritten) {
  const support::TempDir temp;
  ASSERT_TRUE(OpenStatus(temp / "db").ok());
  std::ofstream(temp / "db/KITH.format") << "kith storage format 2\n";
  const auto listing = [&] {
    std::map<std::string, std::pair<uintmax_t, fs::file_time_type>> files;
    for (const auto& entry : fs::directory_iterator(temp / "db")) {
      files[entry.path()] = {entry.is_directory() ? 0 : entry.file_size(),
                             entry.last_write_time()};
    }
    return files;
  };
  const auto before = listing();
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition,
            OpenStatus(temp / "db").code());
  EXPECT_EQ(before, listing());
  std::ofstream(temp / "db/KITH.format") << "something else";
  EXPECT_EQ(absl::StatusCode::kDataLoss, OpenStatus(temp / "db").code());
  fs::remove(temp / "db/KITH.format");
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition,
            OpenStatus(temp / "db").code());
}

// Opens the files without the store and does something to them.
template <typename Damage>
void DamageFiles(const std::string& path, const Damage& damage) {
  auto families = *Families::Open({.path = path, .block_cache_bytes = 1 << 20});
  rocksdb::WriteBatch batch;
  damage(*families, batch);
  ASSERT_TRUE(families->db()->Write({}, &batch).ok());
}

class DamageTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = *Store::Open(OptionsFor(temp_ / "db"));
    auto group = store->Begin();
    group->BeginCommit(absl::FromUnixSeconds(1));
    ASSERT_TRUE(group->Intern("user").ok());
    ASSERT_TRUE(group->Intern("document").ok());
    CommitGroup(*store, std::move(group));
    PutMany(*store, 0, 20);
  }
  void ExpectDataLoss(std::string_view message) {
    const absl::Status status = OpenStatus(temp_ / "db");
    EXPECT_EQ(absl::StatusCode::kDataLoss, status.code()) << status;
    EXPECT_NE(std::string::npos, std::string(status.message()).find(message))
        << status;
  }
  const support::TempDir temp_;
};

TEST_F(DamageTest, MissingChangelogRowIsDataLoss) {
  DamageFiles(temp_ / "db", [](Families& families, auto& batch) {
    batch.Delete(families.handle(Family::kLog), LogKey(7));
  });
  ExpectDataLoss("changelog row \"7\"");
}

TEST_F(DamageTest, MissingLastChangelogRowIsDataLoss) {
  DamageFiles(temp_ / "db", [](Families& families, auto& batch) {
    batch.Delete(families.handle(Family::kLog), LogKey(21));
  });
  ExpectDataLoss("the head is \"21\"");
}

TEST_F(DamageTest, ChangelogBeyondTheHeadIsDataLoss) {
  DamageFiles(temp_ / "db", [](Families& families, auto& batch) {
    batch.Put(families.handle(Family::kMeta), "head", EncodeMetaU64(20));
  });
  ExpectDataLoss("beyond the head \"20\"");
}

TEST_F(DamageTest, EveryAlteredByteOfAChangelogRowIsDataLoss) {
  std::string row;
  {
    auto families =
        *Families::Open({.path = temp_ / "db", .block_cache_bytes = 1 << 20});
    ASSERT_TRUE(families->db()
                    ->Get({}, families->handle(Family::kLog), LogKey(9), &row)
                    .ok());
  }
  for (size_t at = 0; at < row.size(); at += 5) {
    std::string altered = row;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    DamageFiles(temp_ / "db", [&](Families& families, auto& batch) {
      batch.Put(families.handle(Family::kLog), LogKey(9), altered);
    });
    ExpectDataLoss("changelog row");
  }
}

TEST_F(DamageTest, MissingIdentityIsDataLoss) {
  DamageFiles(temp_ / "db", [](Families& families, auto& batch) {
    batch.Delete(families.handle(Family::kMeta), "mac_key");
  });
  ExpectDataLoss("mac_key");
}

TEST_F(DamageTest, MissingSymbolIsDataLoss) {
  DamageFiles(temp_ / "db", [](Families& families, auto& batch) {
    batch.Delete(families.handle(Family::kMeta), "symbol/user");
  });
  ExpectDataLoss("symbols");
}

TEST_F(DamageTest, MalformedRowsAreDataLossWhenTheyAreRead) {
  std::string key;
  AppendKey(ScanOrder::kForward, KeyOf(0).View(), &key);
  DamageFiles(temp_ / "db", [&](Families& families, auto& batch) {
    batch.Put(families.handle(Family::kForward), key, "garbage");
  });
  auto store = *Store::Open(OptionsFor(temp_ / "db"));
  const auto snapshot = store->AtHead();
  EXPECT_EQ(absl::StatusCode::kDataLoss,
            snapshot->Get(KeyOf(0).View(), nullptr).status().code());
  const auto it = snapshot->Scan({});
  while (it->Valid()) it->Next();
  EXPECT_EQ(absl::StatusCode::kDataLoss, it->status().code());
  auto group = store->Begin();
  group->BeginCommit(absl::UnixEpoch());
  EXPECT_EQ(absl::StatusCode::kDataLoss, group->Delete(KeyOf(0).View()).code());
  EXPECT_EQ(absl::StatusCode::kInternal,
            store->Commit(std::move(group), {}).code());
}

TEST(StoreDiskTest, TornLastWriteOpensAtTheCommitBefore) {
  const support::TempDir temp;
  size_t acknowledged = 0;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    PutMany(*store, 0, 5);
    acknowledged = fs::file_size(WriteAheadLog(temp / "db"));
    PutMany(*store, 5, 6);
  }
  const size_t whole = fs::file_size(WriteAheadLog(temp / "db"));
  ASSERT_GT(whole, acknowledged + 100);
  for (size_t cut = acknowledged; cut <= whole; cut += 29) {
    fs::remove_all(temp / "other");
    fs::copy(temp / "db", temp / "other", fs::copy_options::recursive);
    fs::resize_file(WriteAheadLog(temp / "other"), cut);
    auto store = Store::Open(OptionsFor(temp / "other"));
    ASSERT_TRUE(store.ok()) << cut << " of " << whole << store.status();
    EXPECT_EQ(cut == whole ? 6u : 5u, (*store)->head());
    PutMany(**store, 7, 9);
  }
}

TEST(StoreDiskTest, DamageInsideTheWriteAheadLogIsDataLoss) {
  const support::TempDir temp;
  size_t acknowledged = 0;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    PutMany(*store, 0, 5);
    acknowledged = fs::file_size(WriteAheadLog(temp / "db"));
    PutMany(*store, 5, 9);
  }
  for (size_t at = 3; at < acknowledged; at += 211) {
    fs::remove_all(temp / "other");
    fs::copy(temp / "db", temp / "other", fs::copy_options::recursive);
    const std::string log = WriteAheadLog(temp / "other");
    Overwrite(log, at, std::string(1, static_cast<char>(ByteAt(log, at) ^ 4)));
    EXPECT_FALSE(OpenStatus(temp / "other").ok()) << at;
  }
}

TEST(StoreDiskTest, CheckpointIsTheSameDatabase) {
  const support::TempDir temp;
  auto store = *Store::Open(OptionsFor(temp / "db"));
  PutMany(*store, 0, 12);
  ASSERT_TRUE(store->Checkpoint(temp / "other").ok());
  EXPECT_EQ(absl::StatusCode::kAlreadyExists,
            store->Checkpoint(temp / "other").code());
  const auto rows = Drain(store->AtHead()->Scan({}));
  PutMany(*store, 12, 20);  // not in the copy
  auto copy = Store::Open(OptionsFor(temp / "other"));
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(12u, (*copy)->head());
  EXPECT_EQ(store->database_id(), (*copy)->database_id());
  EXPECT_EQ(rows, Drain((*copy)->AtHead()->Scan({})));
  EXPECT_EQ(rows, Drain((*store->At(12))->Scan({})));
  for (Revision r = 0; r <= 12; ++r) {
    EXPECT_EQ(Drain((*store->At(r))->Scan({})),
              Drain((*(*copy)->At(r))->Scan({})));
  }
  PutMany(**copy, 30, 40);
  // By now the database has closed logs behind it.
  ASSERT_TRUE(store->Checkpoint(temp / "other2").ok());
  EXPECT_EQ(20u, (*Store::Open(OptionsFor(temp / "other2")))->head());
  StoreOptions in_memory;
  in_memory.in_memory = true;
  EXPECT_EQ(absl::StatusCode::kFailedPrecondition,
            (*Store::Open(in_memory))->Checkpoint(temp / "db2").code());
}

size_t CountRows(const Families& families, Family family) {
  const std::unique_ptr<rocksdb::Iterator> it(
      families.db()->NewIterator({}, families.handle(family)));
  size_t count = 0;
  for (it->SeekToFirst(); it->Valid(); it->Next()) ++count;
  EXPECT_TRUE(it->status().ok());
  return count;
}

TEST(StoreDiskTest, GarbageCollectionDropsTheRowsThemselves) {
  const support::TempDir temp;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    for (int i = 0; i < 30; ++i) {
      auto group = store->Begin();
      group->BeginCommit(absl::FromUnixSeconds(i + 1));
      ASSERT_TRUE(group->Put(KeyOf(0).View(), {}).ok());
      group->PutSchema(fmt::format("{}", i), "");
      CommitGroup(*store, std::move(group));
    }
    EXPECT_EQ(20u, *store->CollectGarbage(absl::FromUnixSeconds(20)));
  }
  auto families = *Families::Open({.path = temp / "db"});
  EXPECT_EQ(1u, CountRows(*families, Family::kForward));
  // Ended at 21 to 30; the changelog and the schema keep the horizon's row.
  EXPECT_EQ(10u, CountRows(*families, Family::kForwardHistory));
  EXPECT_EQ(10u, CountRows(*families, Family::kReverseHistory));
  EXPECT_EQ(11u, CountRows(*families, Family::kLog));
  EXPECT_EQ(11u, CountRows(*families, Family::kSchema));
}

// Compaction drops an expired row whose older version lies in a deeper file:
// the older one must not show again.
TEST(StoreDiskTest, DroppedExpiredRowsStayGone) {
  const support::TempDir temp;
  const auto compact = [](Families& families, Family family) {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction =
        rocksdb::BottommostLevelCompaction::kForce;
    ASSERT_TRUE(
        families.db()
            ->CompactRange(options, families.handle(family), nullptr, nullptr)
            .ok());
  };
  const auto put = [&](std::optional<absl::Time> expires_at) {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    auto group = store->Begin();
    group->BeginCommit(absl::FromUnixSeconds(1));
    TupleValue value;
    value.expires_at = expires_at;
    ASSERT_TRUE(group->Put(KeyOf(0).View(), value).ok());
    CommitGroup(*store, std::move(group));
  };
  put(std::nullopt);
  {
    auto families = *Families::Open({.path = temp / "db"});
    compact(*families, Family::kForward);  // the old version, at the bottom
  }
  put(absl::FromUnixSeconds(50));
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    ASSERT_TRUE(store->CollectGarbage(absl::FromUnixSeconds(60)).ok());
  }
  {
    auto families = *Families::Open({.path = temp / "db"});
    families->line().RaiseExpiredBefore(
        GarbageLine::MarkOf(absl::FromUnixSeconds(60)));
    compact(*families, Family::kForward);
    EXPECT_EQ(0u, CountRows(*families, Family::kForward));
    EXPECT_EQ(1u, CountRows(*families, Family::kReverse));
  }
  {
    // Only the forward row is gone; nobody can tell.
    auto store = *Store::Open(OptionsFor(temp / "db"));
    EXPECT_FALSE(*store->AtHead()->Get(KeyOf(0).View(), nullptr));
    for (const ScanOrder order : {ScanOrder::kForward, ScanOrder::kReverse}) {
      EXPECT_TRUE(Drain(store->AtHead()->Scan({}, order, nullptr)).empty());
    }
  }
  put(std::nullopt);
  auto store = *Store::Open(OptionsFor(temp / "db"));
  EXPECT_EQ(1u, Drain(store->AtHead()->Scan({})).size());
}

TEST(StoreDiskTest, LogReadsReachBackToTheHorizonAfterCollectionAndReopen) {
  const support::TempDir temp;
  {
    auto store = *Store::Open(OptionsFor(temp / "db"));
    PutMany(*store, 0, 30);
    ASSERT_EQ(11u, *store->CollectGarbage(absl::FromUnixSeconds(1010)));
  }
  auto store = Store::Open(OptionsFor(temp / "db"));
  ASSERT_TRUE(store.ok()) << store.status();
  Revision next = 12;
  ASSERT_TRUE((*store)
                  ->ReadLog(11, kAlways,
                            [&](const CommitRecord& record) {
                              EXPECT_EQ(next++, record.revision);
                              return true;
                            })
                  .ok());
  EXPECT_EQ(31u, next);
  EXPECT_EQ(absl::StatusCode::kOutOfRange,
            (*store)->ReadLog(10, kAlways, [](auto&) { return true; }).code());
}

}  // namespace
}  // namespace kith::storage
