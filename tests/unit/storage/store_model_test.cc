#include "unit/storage/store_model.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "storage/store.h"
#include "support/seed.h"
#include "support/temp_dir.h"

namespace kith::storage {
namespace {

struct LoggedChange {
  Change::Kind kind;
  ModelKey key;
  ModelValue value;
  friend bool operator==(const LoggedChange&, const LoggedChange&) = default;
};

struct LoggedCommit {
  absl::Time time;
  std::vector<LoggedChange> changes;
  std::string metadata;
  bool schema_written = false;
  friend bool operator==(const LoggedCommit&, const LoggedCommit&) = default;
};

// Drives a store and the model with the same random operations.
class ModelDriver {
 public:
  ModelDriver(StoreOptions options, uint64_t seed)
      : options_(std::move(options)), random_(seed) {
    states_.emplace_back();
    log_.emplace_back();
    Open();
  }

  void Run(int groups) {
    for (int i = 0; i < groups && !testing::Test::HasFatalFailure(); ++i) {
      Group();
      if (i % (options_.in_memory ? 2 : 5) == 0) Import();
      CompareAt(store_->head(), 3);
      if (i % 7 == 0) Collect();
      if (i % 5 == 0) Hold();
      if (!options_.in_memory && i % 25 == 24) Reopen();
      if (i % 30 == 29) CompareAll();
    }
    CompareAll();
  }

 private:
  void Open() {
    auto store = Store::Open(options_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    ASSERT_EQ(states_.size() - 1, store_->head());
    ASSERT_EQ(horizon_, store_->Stats().horizon);
    ASSERT_EQ(log_.back().time, store_->last_commit_time());
  }

  void Reopen() {
    held_.clear();
    store_.reset();
    Open();
  }

  absl::Time TimeOf(Revision revision) const { return log_[revision].time; }

  bool Gone(const ModelValue& value) const {
    return gone_.has_value() && value.expires_at.has_value() &&
           *value.expires_at <= *gone_;
  }

  // One to four commits, each over different keys.
  void Group() {
    auto group = store_->Begin();
    const uint64_t commits = random_() % 4 + 1;
    auto states = states_;
    auto log = log_;
    auto schemas = schemas_;
    for (uint64_t i = 0; i < commits; ++i) {
      now_ += absl::Seconds(static_cast<int64_t>(random_() % 3));
      ASSERT_EQ(states.size(), group->BeginCommit(now_));
      if (random_() % 8 == 0) {
        group->DropCommit();
        ASSERT_EQ(states.size() - 1, group->revision());
        continue;
      }
      states.push_back(states.back());
      log.push_back({.time = now_, .changes = {}, .metadata = {}});
      Commit(*group, &states.back(), &log.back());
      if (log.back().schema_written) {
        schemas[states.size() - 1] = fmt::format("text {}", states.size() - 1);
      }
      CompareGroup(*group, states.back());
    }
    if (random_() % 10 == 0) return;  // abandoned
    CommitGroup(*store_, std::move(group));
    states_ = std::move(states);
    log_ = std::move(log);
    schemas_ = std::move(schemas);
    ASSERT_EQ(states_.size() - 1, store_->head());
  }

  void Commit(Transaction& group, ModelState* state, LoggedCommit* logged) {
    std::set<ModelKey> touched;
    for (uint64_t left = random_() % 6; left > 0; --left) {
      const ModelKey key = RandomKey(random_);
      if (touched.insert(key).second) ChangeOne(group, key, state, logged);
    }
    if (random_() % 6 == 0) DeleteByScan(group, touched, state, logged);
    if (random_() % 4 == 0) {
      logged->metadata = fmt::format("metadata {}", group.revision());
      group.SetMetadata(logged->metadata);
    }
    if (random_() % 6 == 0) {
      logged->schema_written = true;
      group.PutSchema(fmt::format("text {}", group.revision()), "hash");
    }
  }

  void ChangeOne(Transaction& group, const ModelKey& key, ModelState* state,
                 LoggedCommit* logged) {
    if (random_() % 3 == 0) return DeleteOne(group, key, state, logged);
    const ModelValue value = NewValue(group.revision());
    TupleValue given = value.View();
    given.created = 12'345;  // ignored
    ASSERT_TRUE(group.Put(key.View(), given).ok());
    (*state)[key] = value;
    logged->changes.push_back({Change::Kind::kPut, key, value});
  }

  ModelValue NewValue(Revision revision) {
    ModelValue value = RandomValue(random_);
    value.created = revision;
    if (random_() % 3 == 0) {
      value.expires_at = now_ +
                         absl::Seconds(static_cast<int64_t>(random_() % 40)) -
                         absl::Seconds(4) + absl::Nanoseconds(random_() % 2);
    }
    return value;
  }

  // A commit of sorted files, of few rows so that conflicts are avoided at
  // times, or of many that are spread over several runs.
  void Import() {
    now_ += absl::Seconds(1);
    const auto rule =
        random_() % 3 != 0 ? ImportRule::kTouch : ImportRule::kCreate;
    auto rows = store_->NewImportRows(
        {.memory_bytes = options_.in_memory ? 1u << 20 : random_() % 900,
         .file_bytes = 1 << 30});
    std::vector<ModelRow> given;
    for (uint64_t left = random_() % (random_() % 2 == 0 ? 4 : 60); left > 0;
         --left) {
      given.emplace_back(RandomKey(random_), NewValue(states_.size()));
      const auto& [key, value] = given.back();
      ASSERT_TRUE(rows->Add(key.View(), value.View()).ok());
    }
    ASSERT_EQ(given.size(), rows->size());
    auto prepared = store_->PrepareImport(std::move(rows), rule, now_);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    std::optional<uint64_t> conflict;
    std::map<ModelKey, ModelValue> last;
    for (uint64_t place = 0; place < given.size(); ++place) {
      const auto& [key, value] = given[place];
      const bool twice = !last.insert_or_assign(key, value).second;
      if (rule == ImportRule::kCreate && !conflict &&
          (twice || Lives(states_.back(), key))) {
        conflict = place;
      }
    }
    ASSERT_EQ(conflict.has_value(), (*prepared)->conflict().has_value());
    if (conflict) {
      const ImportConflict& told = *(*prepared)->conflict();
      ASSERT_EQ(*conflict, told.place);
      ASSERT_EQ(given[*conflict].first, ModelKey::Of(told.key()));
      return;
    }
    CommitModelImport(last, *std::move(prepared));
  }

  bool Lives(const ModelState& state, const ModelKey& key) const {
    const auto it = state.find(key);
    return it != state.end() && !Gone(it->second) &&
           !it->second.View().ExpiredAt(now_);
  }

  void CommitModelImport(const std::map<ModelKey, ModelValue>& rows,
                         std::unique_ptr<PreparedImport> prepared) {
    ModelState state = states_.back();
    LoggedCommit logged{.time = now_, .changes = {}, .metadata = {}};
    for (const auto& [key, value] : rows) {
      const auto it = state.find(key);
      if (it != state.end() && !Gone(it->second)) {
        ModelValue same = value;
        same.created = it->second.created;
        if (same == it->second) continue;
      }
      state[key] = value;
      logged.changes.push_back({Change::Kind::kPut, key, value});
    }
    ASSERT_EQ(logged.changes.size(), prepared->changes());
    if (logged.changes.empty() || random_() % 10 == 0) return;  // abandoned
    std::sort(logged.changes.begin(), logged.changes.end(),
              [](const LoggedChange& a, const LoggedChange& b) {
                return ComesBefore(ScanOrder::kForward, a.key, b.key);
              });
    ASSERT_EQ(states_.size(), prepared->revision());
    Revision told = 0;
    const auto status = store_->CommitImport(
        std::move(prepared), [&](Revision revision) { told = revision; });
    ASSERT_TRUE(status.ok()) << status;
    states_.push_back(std::move(state));
    log_.push_back(std::move(logged));
    ASSERT_EQ(states_.size() - 1, store_->head());
    ASSERT_EQ(store_->head(), told);
    CompareCommitRow();
  }

  // What a watcher reads, in pieces of one change.
  void CompareCommitRow() {
    const auto row = store_->ReadCommit(store_->head());
    ASSERT_TRUE(row.ok()) << row.status();
    std::vector<LoggedChange> seen;
    for (size_t position = 0; position != CommitRow::kEnd;) {
      bool first = true;
      const auto next = (*row)->Visit(position, [&](const Change& change) {
        if (!std::exchange(first, false)) return false;
        seen.push_back({change.kind, ModelKey::Of(change.key),
                        ModelValue::Of(change.value)});
        return true;
      });
      ASSERT_TRUE(next.ok()) << next.status();
      position = *next;
    }
    ASSERT_TRUE(log_.back().changes == seen);
  }

  void DeleteOne(Transaction& group, const ModelKey& key, ModelState* state,
                 LoggedCommit* logged) {
    ASSERT_TRUE(group.Delete(key.View()).ok());
    const auto it = state->find(key);
    if (it == state->end() || Gone(it->second)) return;
    state->erase(it);
    logged->changes.push_back({Change::Kind::kDelete, key, {}});
  }

  // Deletes under the feet of a scan.
  void DeleteByScan(Transaction& group, const std::set<ModelKey>& touched,
                    ModelState* state, LoggedCommit* logged) {
    const auto made = RandomFilter(random_);
    const auto expected =
        ExpectedRows(*state, made->filter, BestOrder(made->filter), gone_);
    std::vector<ModelRow> seen;
    const auto it = group.Scan(made->filter);
    for (; it->Valid(); it->Next()) {
      seen.emplace_back(ModelKey::Of(it->key()), ModelValue::Of(it->value()));
      if (!touched.contains(seen.back().first) && random_() % 2 == 0) {
        DeleteOne(group, seen.back().first, state, logged);
      }
    }
    ASSERT_TRUE(it->status().ok()) << it->status();
    ASSERT_EQ(expected, seen) << Describe(made->filter);
  }

  void CompareGroup(Transaction& group, const ModelState& state) {
    for (int i = 0; i < 3; ++i) {
      const auto made = RandomFilter(random_);
      ASSERT_EQ(
          ExpectedRows(state, made->filter, BestOrder(made->filter), gone_),
          Drain(group.Scan(made->filter)))
          << Describe(made->filter);
      const ModelKey key = RandomKey(random_);
      const auto it = state.find(key);
      TupleValue value;
      const auto found = group.Get(key.View(), &value);
      ASSERT_TRUE(found.ok());
      ASSERT_EQ(it != state.end() && !Gone(it->second), *found);
      if (*found) {
        ASSERT_EQ(it->second, ModelValue::Of(value));
      }
    }
  }

  void Collect() {
    const auto back = absl::Seconds(static_cast<int64_t>(random_() % 60));
    const absl::Time keep_since = now_ - back;
    Revision expected = horizon_;
    while (expected < store_->head() && TimeOf(expected + 1) <= keep_since) {
      ++expected;
    }
    if (!held_.empty()) {
      expected = std::min(expected, held_.begin()->first);
      expected = std::max(expected, horizon_);
    }
    const auto horizon = store_->CollectGarbage(keep_since);
    ASSERT_TRUE(horizon.ok()) << horizon.status();
    ASSERT_EQ(expected, *horizon);
    horizon_ = *horizon;
    if (!gone_ || keep_since > *gone_) gone_ = keep_since;
    if (horizon_ > 0) {
      EXPECT_EQ(absl::StatusCode::kOutOfRange,
                store_->At(horizon_ - 1).status().code());
      EXPECT_EQ(absl::StatusCode::kOutOfRange,
                store_->SchemaAt(horizon_ - 1).status().code());
      EXPECT_EQ(
          absl::StatusCode::kOutOfRange,
          store_->ReadLog(horizon_ - 1, ~0ull, [](const auto&) { return true; })
              .code());
    }
  }

  // Keeps a snapshot for a while: it stays exact, and the horizon below it.
  void Hold() {
    if (held_.size() > 2) {
      auto& snapshot = held_.begin()->second;
      ExpectEqualState(*snapshot, states_[snapshot->revision()], random_, 4,
                       gone_);
      held_.erase(held_.begin());
    }
    const Revision span = store_->head() - horizon_ + 1;
    auto snapshot = store_->At(horizon_ + random_() % span);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    const Revision revision = (*snapshot)->revision();
    held_.emplace(revision, *std::move(snapshot));
  }

  void CompareAt(Revision revision, int filters) {
    auto snapshot = store_->At(revision);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    ExpectEqualState(**snapshot, states_[revision], random_, filters, gone_);
    const auto schema = store_->SchemaAt(revision);
    ASSERT_TRUE(schema.ok()) << schema.status();
    auto expected = schemas_.upper_bound(revision);
    if (expected == schemas_.begin()) {
      ASSERT_FALSE(schema->has_value());
      return;
    }
    --expected;
    ASSERT_TRUE(schema->has_value());
    EXPECT_EQ(expected->first, (*schema)->revision);
    EXPECT_EQ(expected->second, (*schema)->text);
    EXPECT_EQ(TimeOf(expected->first), (*schema)->written_at);
    EXPECT_EQ("hash", (*schema)->hash);
  }

  void CompareAll() {
    for (Revision r = horizon_; r <= store_->head(); ++r) {
      CompareAt(r, 4);
      if (testing::Test::HasFatalFailure()) return;
    }
    std::vector<LoggedCommit> seen;
    const auto status =
        store_->ReadLog(horizon_, ~0ull, [&](const CommitRecord& record) {
          EXPECT_EQ(horizon_ + seen.size() + 1, record.revision);
          LoggedCommit commit{.time = record.commit_time,
                              .changes = {},
                              .metadata = std::string(record.metadata),
                              .schema_written = record.schema_written};
          for (const Change& change : record.changes) {
            commit.changes.push_back({change.kind, ModelKey::Of(change.key),
                                      ModelValue::Of(change.value)});
          }
          seen.push_back(std::move(commit));
          return true;
        });
    ASSERT_TRUE(status.ok()) << status;
    const std::vector<LoggedCommit> expected(
        log_.begin() + static_cast<long>(horizon_) + 1, log_.end());
    ASSERT_TRUE(expected == seen);
  }

  const StoreOptions options_;
  std::mt19937_64 random_;
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::unique_ptr<Store> store_;
  std::multimap<Revision, std::unique_ptr<Snapshot>> held_;
  std::vector<ModelState> states_;  // by revision
  std::vector<LoggedCommit> log_{};
  std::map<Revision, std::string> schemas_;
  Revision horizon_ = 0;
  std::optional<absl::Time> gone_;
};

class StoreModelTest : public testing::TestWithParam<int> {};

// Replayed by its own seed: the first run then has it.
uint64_t SeedOf(int run) {
  return support::RandomSeed() + static_cast<uint64_t>(run);
}

TEST_P(StoreModelTest, InMemoryEveryReadEqualsTheModel) {
  const uint64_t seed = SeedOf(GetParam());
  SCOPED_TRACE(fmt::format("seed {}", seed));
  StoreOptions options;
  options.in_memory = true;
  // Few counters collide all the time, many never.
  options.sketch_slots = seed % 2 == 0 ? 4 : 1 << 12;
  options.log_piece_bytes = 100;
  ModelDriver(options, seed).Run(60);
}

TEST_P(StoreModelTest, OnDiskWithReopensEveryReadEqualsTheModel) {
  const uint64_t seed = SeedOf(GetParam());
  SCOPED_TRACE(fmt::format("seed {}", seed));
  StoreOptions options;
  const support::TempDir directory;
  options.path = directory / "db";
  options.sketch_slots = 1 << 12;
  options.log_piece_bytes = seed % 2 == 0 ? 50 : 1000;
  ModelDriver(options, seed).Run(60);
}

INSTANTIATE_TEST_SUITE_P(Runs, StoreModelTest, testing::Range(0, 2));

}  // namespace
}  // namespace kith::storage
