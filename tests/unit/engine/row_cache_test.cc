#include "engine/row_cache.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/object_block.h"
#include "engine/row_block.h"
#include "engine/rows.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "storage/store.h"

namespace kith::engine {
namespace {

using storage::Revision;
using storage::TupleKey;
using storage::TupleValue;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

constexpr storage::Symbol kDocument = 1;
constexpr storage::Symbol kViewer = 2;
constexpr storage::Symbol kUser = 3;
constexpr storage::Symbol kMember = 4;
constexpr storage::Symbol kCaveat = 5;
constexpr storage::Symbol kEditor = 6;

TupleKey Key(std::string_view document, std::string_view user,
             storage::Symbol subject_relation = storage::kNoSymbol) {
  return {.resource_type = kDocument,
          .resource_id = document,
          .relation = kViewer,
          .subject_type = kUser,
          .subject_id = user,
          .subject_relation = subject_relation};
}

// All there is to a row but when it was created.
std::string Text(const TupleKey& key, const TupleValue& value) {
  return fmt::format(
      "{}#{}@{}#{} {} {} {}", key.resource_id, key.relation, key.subject_id,
      key.subject_relation,
      value.expires_at ? absl::FormatTime(*value.expires_at) : "-",
      value.caveat, value.caveat_context);
}

TEST(RowBlockTest, GivesBackWhatItWasMadeOf) {
  RowBlockBuilder builder(10, 10'000);
  TupleValue plain;
  TupleValue full;
  full.expires_at = kNow + absl::Nanoseconds(1);
  full.caveat = kCaveat;
  full.caveat_context = std::string_view("{\0}", 3);
  TupleValue never;
  never.expires_at = absl::InfiniteFuture();
  builder.Add("*", 0, plain);
  builder.Add("anne", 0, full);
  builder.Add("anne", 7, never);
  builder.Add("bob", 0, plain);
  const std::string bytes = builder.Finish();
  const RowBlock block(bytes);
  ASSERT_FALSE(block.large());
  ASSERT_EQ(block.size(), 4u);
  EXPECT_EQ(block[0].id, "*");
  EXPECT_FALSE(block[0].value.expires_at.has_value());
  EXPECT_EQ(block[1].id, "anne");
  EXPECT_EQ(block[1].value.expires_at, full.expires_at);
  EXPECT_EQ(block[1].value.caveat, kCaveat);
  EXPECT_EQ(block[1].value.caveat_context, full.caveat_context);
  EXPECT_EQ(block[2].relation, 7);
  EXPECT_EQ(block[2].value.expires_at, absl::InfiniteFuture());
  EXPECT_EQ(block[2].value.caveat, storage::kNoSymbol);

  for (size_t i = 0; i < block.size(); ++i) {
    const auto found = block.Find(block[i].id, block[i].relation);
    ASSERT_TRUE(found.has_value()) << i;
    EXPECT_EQ(found->id, block[i].id);
    EXPECT_EQ(found->relation, block[i].relation);
  }
  for (const std::string_view absent : {"", "anna", "anne2", "zoe"}) {
    EXPECT_FALSE(block.Find(absent, 0).has_value()) << absent;
  }
  EXPECT_FALSE(block.Find("anne", 6).has_value());
  EXPECT_FALSE(block.Find("anne", 8).has_value());
}

TEST(RowBlockTest, ARowWithoutAnIdHasItsValue) {
  TupleValue value;
  value.caveat = kCaveat;
  RowBlockBuilder builder(1, 1000);
  builder.Add("", storage::kNoSymbol, value);
  const std::string bytes = builder.Finish();
  const auto row = RowBlock(bytes).Find("", storage::kNoSymbol);
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->value.caveat, kCaveat);
}

TEST(RowBlockTest, OfNoRowsIsEmptyAndNotLarge) {
  const std::string bytes = RowBlockBuilder(10, 100).Finish();
  EXPECT_FALSE(RowBlock(bytes).large());
  EXPECT_EQ(RowBlock(bytes).size(), 0u);
  EXPECT_FALSE(RowBlock(bytes).Find("", 0).has_value());
}

TEST(RowBlockTest, OfTooManyRowsOrBytesIsLarge) {
  RowBlockBuilder rows(2, 1000);
  for (const char* id : {"a", "b"}) rows.Add(id, 0, {});
  EXPECT_FALSE(rows.large());
  rows.Add("c", 0, {});
  EXPECT_TRUE(rows.large());
  EXPECT_TRUE(RowBlock(rows.Finish()).large());
  RowBlockBuilder bytes(100, 50);
  bytes.Add(std::string(51, 'x'), 0, {});
  EXPECT_TRUE(bytes.large());
}

TEST(ObjectBlockTest, GivesBackTheRowsOfEachRelationAndType) {
  ObjectBlockBuilder builder(10, 10'000);
  TupleKey key = Key("readme", "anne");
  TupleValue value;
  value.caveat = kCaveat;
  builder.Add(key, value);
  key.subject_id = "bob";
  builder.Add(key, {});
  key.subject_type = kDocument;
  builder.Add(key, {});
  key.relation = kEditor;
  key.subject_type = kUser;
  key.subject_relation = kMember;
  builder.Add(key, {});
  const std::string bytes = builder.Finish();
  const ObjectBlock block(bytes);
  ASSERT_FALSE(block.large());
  const RowBlock viewers = block.Rows(kViewer, kUser);
  ASSERT_EQ(viewers.size(), 2u);
  EXPECT_EQ(viewers[0].id, "anne");
  EXPECT_EQ(viewers[0].value.caveat, kCaveat);
  EXPECT_EQ(viewers[1].id, "bob");
  EXPECT_EQ(block.Rows(kViewer, kDocument).size(), 1u);
  const RowBlock editors = block.Rows(kEditor, kUser);
  ASSERT_EQ(editors.size(), 1u);
  EXPECT_EQ(editors[0].relation, kMember);
  EXPECT_EQ(block.Rows(kEditor, kDocument).size(), 0u);
  EXPECT_FALSE(block.Rows(kMember, kUser).Find("bob", 0).has_value());
}

TEST(ObjectBlockTest, OfTooManyRowsOrBytesIsLarge) {
  const auto is_large = [](size_t rows, size_t id_size, size_t max_bytes) {
    ObjectBlockBuilder builder(3, max_bytes);
    for (size_t i = 0; i < rows; ++i) {
      const std::string id(id_size, static_cast<char>('a' + i));
      TupleKey key = Key("readme", id);
      key.relation = static_cast<storage::Symbol>(kViewer + i / 2);
      builder.Add(key, {});
    }
    const bool large = builder.large();
    EXPECT_EQ(ObjectBlock(builder.Finish()).large(), large);
    return large;
  };
  EXPECT_FALSE(is_large(0, 1, 1000));
  EXPECT_FALSE(is_large(3, 1, 1000));
  EXPECT_TRUE(is_large(4, 1, 1000));
  EXPECT_TRUE(is_large(1, 1001, 1000));
  EXPECT_TRUE(is_large(3, 400, 1000));
}

// A store, and a cache that is asked beside it: every read is made both ways.
class RowCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = storage::Store::Open({.in_memory = true});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    cache_ = std::make_unique<RowCache>(ExactCache::Options{.bytes = 1 << 20},
                                        &store_->change_stripes());
  }

  using Change = std::pair<TupleKey, std::optional<TupleValue>>;
  Revision Write(const std::vector<Change>& changes) {
    auto transaction = store_->Begin();
    const Revision revision = transaction->BeginCommit(kNow);
    for (const auto& [key, value] : changes) {
      EXPECT_TRUE(
          (value ? transaction->Put(key, *value) : transaction->Delete(key))
              .ok());
    }
    EXPECT_TRUE(store_->Commit(std::move(transaction), {}).ok());
    return revision;
  }
  Revision Put(const TupleKey& key, const TupleValue& value = {}) {
    return Write({{key, value}});
  }
  Revision Delete(const TupleKey& key) { return Write({{key, std::nullopt}}); }
  // Rows of another relation that keep the document from being kept as a whole.
  void Enlarge(std::string_view document) {
    std::vector<Change> editors;
    std::vector<std::string> names;
    for (size_t i = 0; i <= RowCache::kSmallObjectRows; ++i) {
      names.push_back(fmt::format("editor{}", i));
    }
    for (const auto& name : names) {
      TupleKey key = Key(document, name);
      key.relation = kEditor;
      editors.emplace_back(key, TupleValue());
    }
    Write(editors);
  }

  // "-" for absence. Through the cache, after it was compared with the store.
  std::string Get(const TupleKey& key,
                  std::optional<Revision> revision = std::nullopt) {
    const auto snapshot = *store_->At(revision.value_or(store_->head()));
    const auto read = [&](RowCache* cache) -> std::string {
      Rows rows(snapshot.get(), cache);
      TupleValue value;
      const auto found = rows.Get(key, &value);
      EXPECT_TRUE(found.ok()) << found.status();
      return *found ? Text(key, value) : "-";
    };
    const std::string cached = read(cache_.get());
    EXPECT_EQ(cached, read(nullptr));
    return cached;
  }

  std::vector<std::string> Scan(
      bool forward, std::string_view id,
      std::optional<Revision> revision = std::nullopt) {
    const auto snapshot = *store_->At(revision.value_or(store_->head()));
    const auto read = [&](RowCache* cache) {
      std::vector<std::string> texts;
      Rows rows(snapshot.get(), cache);
      const auto visit = [&](const TupleKey& key, const TupleValue& value) {
        texts.push_back(Text(key, value));
        return absl::OkStatus();
      };
      const absl::Status status =
          forward ? rows.ScanForward(kDocument, id, kViewer, kUser, visit)
                  : rows.ScanReverse(kUser, id, storage::kNoSymbol, kDocument,
                                     kViewer, visit);
      EXPECT_TRUE(status.ok()) << status;
      return texts;
    };
    const auto cached = read(cache_.get());
    EXPECT_EQ(cached, read(nullptr));
    return cached;
  }

  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<RowCache> cache_;
};

TEST_F(RowCacheTest, KnowsAPointTheSecondTime) {
  Put(Key("readme", "anne"));
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  const auto before = cache_->Stats();
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  EXPECT_EQ(cache_->Stats().hits, before.hits + 1);
  EXPECT_EQ(cache_->Stats().misses, before.misses);
}

TEST_F(RowCacheTest, AnAbsentRowIsKnownUntilItIsCreated) {
  Put(Key("other", "anne"));
  EXPECT_EQ(Get(Key("readme", "anne")), "-");
  const auto before = cache_->Stats();
  EXPECT_EQ(Get(Key("readme", "anne")), "-");
  EXPECT_EQ(cache_->Stats().hits, before.hits + 1);
  Put(Key("readme", "anne"));
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  Delete(Key("readme", "anne"));
  EXPECT_EQ(Get(Key("readme", "anne")), "-");
}

TEST_F(RowCacheTest, OneReadOfASmallObjectAnswersAllOthers) {
  TupleValue value;
  value.caveat = kCaveat;
  value.caveat_context = "{\"a\":1}";
  value.expires_at = kNow + absl::Seconds(1);
  Put(Key("readme", "anne"), value);
  Put(Key("readme", "bob", kMember));
  TupleKey editor = Key("readme", "carol");
  editor.relation = kEditor;
  Put(editor);
  EXPECT_EQ(Get(Key("readme", "nobody")), "-");
  const auto before = cache_->Stats();
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  EXPECT_NE(Get(Key("readme", "bob", kMember)), "-");
  EXPECT_EQ(Get(Key("readme", "bob")), "-");
  EXPECT_NE(Get(editor), "-");
  EXPECT_EQ(Get(Key("readme", "carol")), "-");
  EXPECT_EQ(Scan(true, "readme").size(), 2u);
  EXPECT_EQ(cache_->Stats().misses, before.misses);
  EXPECT_EQ(cache_->Stats().inserts, before.inserts);
  Delete(editor);
  EXPECT_EQ(Get(editor), "-");
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  EXPECT_EQ(Get(editor, 2), "-");
  EXPECT_NE(Get(editor, 3), "-");
}

TEST_F(RowCacheTest, AnObjectMayGrowLargeAndShrink) {
  Put(Key("readme", "anne"));
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  Enlarge("readme");
  for (int round = 0; round < 2; ++round) {
    EXPECT_NE(Get(Key("readme", "anne")), "-");
    EXPECT_EQ(Get(Key("readme", "bob")), "-");
    EXPECT_EQ(Scan(true, "readme").size(), 1u);
  }
  for (size_t i = 0; i <= RowCache::kSmallObjectRows; ++i) {
    const std::string name = fmt::format("editor{}", i);
    TupleKey key = Key("readme", name);
    key.relation = kEditor;
    Delete(key);
  }
  Put(Key("readme", "bob"));
  EXPECT_NE(Get(Key("readme", "bob")), "-");
  EXPECT_EQ(Scan(true, "readme").size(), 2u);
}

TEST_F(RowCacheTest, WhatIsAtHandIsTheObjectReadLastIfItIsSmall) {
  Put(Key("readme", "anne"));
  Enlarge("big");
  const auto snapshot = store_->AtHead();
  Rows rows(snapshot.get(), cache_.get());
  TupleValue value;
  EXPECT_FALSE(rows.AtHand(kDocument, "readme"));
  ASSERT_TRUE(rows.Get(Key("readme", "bob"), &value).ok());
  EXPECT_TRUE(rows.AtHand(kDocument, "readme"));
  EXPECT_FALSE(rows.AtHand(kUser, "readme"));
  ASSERT_TRUE(rows.Get(Key("big", "bob"), &value).ok());
  EXPECT_FALSE(rows.AtHand(kDocument, "readme"));
  EXPECT_FALSE(rows.AtHand(kDocument, "big"));
}

TEST_F(RowCacheTest, AnotherMemberLeavesAPointKnown) {
  Enlarge("readme");
  Put(Key("readme", "anne"));
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  Put(Key("readme", "bob"));
  const auto before = cache_->Stats();
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  EXPECT_EQ(cache_->Stats().hits, before.hits + 2);  // "large", and the point
  EXPECT_EQ(cache_->Stats().stale, before.stale);
}

TEST_F(RowCacheTest, AUnitThatIsAskedOftenAnswersForEverySubject) {
  TupleValue value;
  value.caveat = kCaveat;
  value.caveat_context = "{\"a\":1}";
  Enlarge("readme");
  Put(Key("readme", "anne"), value);
  Put(Key("readme", "bob", kMember));
  for (int i = 0; i < 8; ++i) Get(Key("readme", fmt::format("user{}", i)));
  const auto before = cache_->Stats();
  EXPECT_EQ(Get(Key("readme", "never asked")), "-");
  EXPECT_NE(Get(Key("readme", "anne")), "-");
  EXPECT_NE(Get(Key("readme", "bob", kMember)), "-");
  EXPECT_EQ(Get(Key("readme", "bob")), "-");
  EXPECT_EQ(cache_->Stats().misses, before.misses);
  Delete(Key("readme", "anne"));
  EXPECT_EQ(Get(Key("readme", "anne")), "-");
}

TEST_F(RowCacheTest, ALargeUnitIsReadByItsPoints) {
  std::vector<Change> members;
  std::vector<std::string> names;
  for (size_t i = 0; i <= RowCache::kSmallUnitRows; ++i) {
    names.push_back(fmt::format("user{}", i));
  }
  for (const auto& name : names) {
    members.emplace_back(Key("big", name), TupleValue());
  }
  Write(members);
  for (int round = 0; round < 2; ++round) {
    for (const auto& name : names) EXPECT_NE(Get(Key("big", name)), "-");
    EXPECT_EQ(Get(Key("big", "nobody")), "-");
  }
  Delete(Key("big", "user7"));
  EXPECT_EQ(Get(Key("big", "user7")), "-");
  EXPECT_NE(Get(Key("big", "user8")), "-");
  EXPECT_EQ(Scan(true, "big").size(), RowCache::kSmallUnitRows);
}

TEST_F(RowCacheTest, ScansOfALargeObjectAreKnownAndNewAfterAWrite) {
  Enlarge("readme");
  Put(Key("readme", "anne"));
  EXPECT_EQ(Scan(true, "readme").size(), 1u);
  const auto before = cache_->Stats();
  EXPECT_EQ(Scan(true, "readme").size(), 1u);
  EXPECT_EQ(cache_->Stats().hits, before.hits + 2);  // "large", and the unit
  Put(Key("readme", "bob"));
  EXPECT_EQ(Scan(true, "readme").size(), 2u);
}

TEST_F(RowCacheTest, ScansAreKnownTheSecondTimeAndNewAfterAWrite) {
  Put(Key("readme", "anne"));
  Put(Key("readme", "bob", kMember));
  Put(Key("notes", "anne"));
  EXPECT_EQ(Scan(true, "readme").size(), 2u);
  EXPECT_EQ(Scan(false, "anne").size(), 2u);
  EXPECT_EQ(Scan(true, "empty").size(), 0u);
  const auto before = cache_->Stats();
  Scan(true, "readme");
  Scan(false, "anne");
  Scan(true, "empty");
  EXPECT_EQ(cache_->Stats().hits, before.hits + 3);
  Put(Key("readme", "*"));
  Put(Key("empty", "anne"));
  EXPECT_EQ(Scan(true, "readme").size(), 3u);
  EXPECT_EQ(Scan(false, "anne").size(), 3u);
  EXPECT_EQ(Scan(true, "empty").size(), 1u);
}

TEST_F(RowCacheTest, OldRevisionsAreReadBesideNewOnes) {
  const Revision first = Put(Key("readme", "anne"));
  const Revision second = Put(Key("readme", "bob"));
  const Revision third = Delete(Key("readme", "anne"));
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(Scan(true, "readme", second).size(), 2u);
    EXPECT_EQ(Scan(true, "readme", third).size(), 1u);
    EXPECT_EQ(Scan(true, "readme", first).size(), 1u);
    EXPECT_NE(Get(Key("readme", "anne"), second), "-");
    EXPECT_EQ(Get(Key("readme", "anne"), third), "-");
    EXPECT_EQ(Get(Key("readme", "bob"), first), "-");
  }
}

TEST_F(RowCacheTest, WhatCannotBeStoredIsNeverThere) {
  const std::string zero("a\0b", 3);
  EXPECT_EQ(Get(Key("readme", zero)), "-");
  EXPECT_TRUE(Scan(true, zero).empty());
  EXPECT_EQ(cache_->Stats().inserts, 0u);
}

TEST_F(RowCacheTest, AScanThatIsEndedEarlyIsNotKept) {
  Enlarge("readme");
  Put(Key("readme", "anne"));
  Put(Key("readme", "bob"));
  Get(Key("readme", "anne"));
  const uint64_t inserts = cache_->Stats().inserts;
  const auto snapshot = store_->AtHead();
  Rows rows(snapshot.get(), cache_.get());
  int visited = 0;
  const absl::Status status =
      rows.ScanForward(kDocument, "readme", kViewer, kUser,
                       [&](const TupleKey&, const TupleValue&) {
                         ++visited;
                         return absl::CancelledError("enough");
                       });
  EXPECT_EQ(status, absl::CancelledError("enough"));
  EXPECT_EQ(visited, 1);
  EXPECT_EQ(cache_->Stats().inserts, inserts);
  EXPECT_EQ(Scan(true, "readme").size(), 2u);
}

TEST_F(RowCacheTest, RecordsWhatWasReadWithAndWithoutTheCache) {
  TupleValue expired;
  expired.expires_at = kNow - absl::Seconds(5);
  TupleValue expiring;
  expiring.expires_at = kNow + absl::Seconds(5);
  TupleValue later;
  later.expires_at = kNow + absl::Seconds(9);
  Put(Key("readme", "anne"), expired);
  Put(Key("readme", "bob"), expiring);
  Put(Key("readme", "carol"), later);
  const auto snapshot = store_->AtHead();
  for (int round = 0; round < 3; ++round) {
    RowCache* const cache = round == 0 ? nullptr : cache_.get();
    Recorder recorder(&store_->change_stripes(), kNow);
    Rows rows(snapshot.get(), cache, &recorder);
    TupleValue value;
    ASSERT_TRUE(rows.Get(Key("readme", "carol"), &value).ok());
    EXPECT_EQ(recorder.time().from, absl::InfinitePast());
    EXPECT_EQ(recorder.time().until, *later.expires_at);
    EXPECT_EQ(recorder.dependencies().size(), 1u);
    ASSERT_TRUE(rows.Get(Key("readme", "nobody"), &value).ok());
    ASSERT_TRUE(rows.ScanForward(kDocument, "readme", kViewer, kUser,
                                 [](const TupleKey&, const TupleValue&) {
                                   return absl::OkStatus();
                                 })
                    .ok());
    // The object is one thing to the cache, and each read to the store.
    EXPECT_EQ(recorder.dependencies().size(), round == 0 ? 3u : 1u);
    EXPECT_EQ(recorder.time().from, *expired.expires_at);
    EXPECT_EQ(recorder.time().until, *expiring.expires_at);
    EXPECT_FALSE(recorder.touched_caveat());
  }
}

TEST_F(RowCacheTest, ARowWithACaveatIsToldToTheRecorder) {
  TupleValue value;
  value.caveat = kCaveat;
  Put(Key("readme", "anne"), value);
  value.expires_at = kNow;
  Put(Key("readme", "bob"), value);  // expired: its caveat decides nothing
  const auto snapshot = store_->AtHead();
  Recorder recorder(&store_->change_stripes(), kNow);
  Rows rows(snapshot.get(), cache_.get(), &recorder);
  TupleValue found;
  ASSERT_TRUE(rows.Get(Key("readme", "bob"), &found).ok());
  EXPECT_FALSE(recorder.touched_caveat());
  ASSERT_TRUE(rows.Get(Key("readme", "anne"), &found).ok());
  EXPECT_TRUE(recorder.touched_caveat());
}

TEST_F(RowCacheTest, ARecorderSaysWhenItWasTooMuch) {
  Recorder recorder(&store_->change_stripes(), kNow, 300);
  for (uint32_t i = 0; i < 300; ++i) recorder.DependOn(i);
  EXPECT_TRUE(recorder.complete());
  recorder.DependOn(299);  // once more
  EXPECT_TRUE(recorder.complete());
  recorder.DependOn(0);
  EXPECT_FALSE(recorder.complete());
}

TEST_F(RowCacheTest, APartOfARecordHasAllThatWasReadInIt) {
  Recorder recorder(&store_->change_stripes(), kNow);
  recorder.DependOn(7);
  EXPECT_EQ(recorder.BeginPart(), 1u);
  recorder.DependOn(7);
  recorder.DependOn(7);
  EXPECT_EQ(recorder.dependencies().size(), 2u);
}

TEST_F(RowCacheTest, ASupportTakesAllOrNothing) {
  Support support;
  const std::vector<storage::ChangeStripes::Index> most(
      Support::kMaxDependencies);
  EXPECT_TRUE(support.Add(most));
  EXPECT_TRUE(support.Add({}));
  EXPECT_FALSE(support.Add(std::span(most).first(1)));
  EXPECT_EQ(support.dependencies.size(), most.size());
}

}  // namespace
}  // namespace kith::engine
