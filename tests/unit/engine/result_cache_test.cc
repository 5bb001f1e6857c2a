#include "engine/result_cache.h"

#include <memory>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "engine/row_cache.h"
#include "gtest/gtest.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

constexpr std::string_view kSchema = R"(
  use expiration
  caveat at_night(night bool) { night }
  definition user {}
  definition group { relation member: user | group#member }
  definition folder {
    relation parent: folder
    relation viewer: user | user:* | group#member | user with at_night |
                     user with expiration
    relation banned: user
    permission view = (viewer + parent->view) - banned
  }
)";

class ResultCacheTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    cache_ = std::make_unique<ResultCache>(
        ExactCache::Options{.bytes = 1 << 20}, &store_->change_stripes());
    rows_ = std::make_unique<RowCache>(ExactCache::Options{.bytes = 1 << 20},
                                       &store_->change_stripes());
    evaluation_.result_cache = cache_.get();
    evaluation_.row_cache = rows_.get();
  }

  void Write(const std::vector<std::string>& puts,
             const std::vector<std::string>& deletes = {}) {
    auto transaction = store_->Begin();
    transaction->BeginCommit(now_);
    for (const std::string& text : puts) Put(transaction.get(), text);
    for (const std::string& text : deletes) {
      const auto r = *Relationship::Parse(text);
      const auto symbol = [&](std::string_view name) {
        return name.empty() ? storage::kNoSymbol : *store_->FindSymbol(name);
      };
      ASSERT_TRUE(transaction
                      ->Delete({.resource_type = symbol(r.resource.type),
                                .resource_id = r.resource.id,
                                .relation = symbol(r.relation),
                                .subject_type = symbol(r.subject.object.type),
                                .subject_id = r.subject.object.id,
                                .subject_relation = symbol(r.subject.relation)})
                      .ok());
    }
    ASSERT_TRUE(store_->Commit(std::move(transaction), {}).ok());
    snapshot_ = store_->AtHead();
    evaluation_.snapshot = snapshot_.get();
  }

  // Whether the answer came from the cache, and the answer itself, which is
  // compared with that of an evaluation without caches.
  std::string AskTwice(const std::string& question,
                       const std::string& context = "{}") {
    const uint64_t hits = cache_->Stats().hits;
    const std::string answer = Ask(question, context);
    Evaluation plain = evaluation_;
    plain.result_cache = nullptr;
    plain.row_cache = nullptr;
    CheckBatch batch(plain);
    EXPECT_EQ(answer, Ask(&batch, question, context)) << question;
    return answer + (cache_->Stats().hits > hits ? " (known)" : "");
  }

  std::unique_ptr<RowCache> rows_;
  std::unique_ptr<ResultCache> cache_;
};

TEST_F(ResultCacheTest, KnowsYesAndNoTheSecondTime) {
  Load(kSchema, {"folder:a#viewer@user:anne"});
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes");
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes (known)");
  EXPECT_EQ(AskTwice("folder:a#view@user:bob"), "no");
  EXPECT_EQ(AskTwice("folder:a#view@user:bob"), "no (known)");
  EXPECT_EQ(AskTwice("folder:a#viewer@user:anne"), "yes");
}

TEST_F(ResultCacheTest, EveryKindOfChangeIsSeen) {
  Load(kSchema, {"folder:b#parent@folder:a"});
  const std::string question = "folder:b#view@user:anne";
  const auto expect = [&](const std::string& answer) {
    EXPECT_EQ(AskTwice(question), answer);
    EXPECT_EQ(AskTwice(question), answer + " (known)");
  };
  expect("no");
  Write({"folder:a#viewer@user:anne"});
  expect("yes");
  Write({"folder:a#viewer@group:g#member"}, {"folder:a#viewer@user:anne"});
  expect("no");
  Write({"group:g#member@group:h#member"});
  expect("no");
  Write({"group:h#member@user:anne"});
  expect("yes");
  Write({"folder:b#banned@user:anne"});
  expect("no");
  Write({}, {"folder:b#banned@user:anne"});
  expect("yes");
  Write({}, {"group:g#member@group:h#member"});
  expect("no");
  Write({"folder:a#viewer@user:*"});
  expect("yes");
  Write({}, {"folder:b#parent@folder:a"});
  expect("no");
}

TEST_F(ResultCacheTest, AChangeElsewhereLeavesItKnown) {
  Load(kSchema, {"folder:a#viewer@group:g#member", "group:g#member@user:anne"});
  AskTwice("folder:a#view@user:anne");
  Write({"group:h#member@user:anne", "folder:z#viewer@user:anne"});
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes (known)");
}

TEST_F(ResultCacheTest, AnotherMemberOfALargeGroupLeavesItKnown) {
  std::vector<std::string> rows = {"folder:a#viewer@group:g#member"};
  for (int i = 0; i < 100; ++i) {
    rows.push_back(fmt::format("group:g#member@user:u{}", i));
  }
  Load(kSchema, rows);
  EXPECT_EQ(AskTwice("folder:a#view@user:u7"), "yes");
  Write({"group:g#member@user:bob"});
  EXPECT_EQ(AskTwice("folder:a#view@user:u7"), "yes (known)");
  Write({}, {"group:g#member@user:u7"});
  EXPECT_EQ(AskTwice("folder:a#view@user:u7"), "no");
}

TEST_F(ResultCacheTest, AnExpiryOfAnyRowThatWasLookedAtEndsIt) {
  Load(kSchema, {});
  const auto expiring = [&](std::string_view text) {
    return fmt::format("{}[expiration:2023-11-14T22:13:25Z]", text);
  };
  Write({expiring("folder:a#viewer@user:anne"), "folder:a#viewer@user:bob"});
  const absl::Time expiry = now_ + absl::Seconds(5);
  evaluation_.now = expiry - absl::Nanoseconds(1);
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes");
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes (known)");
  EXPECT_EQ(AskTwice("folder:a#view@user:bob"), "yes");
  evaluation_.now = expiry;
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "no");
  EXPECT_EQ(AskTwice("folder:a#view@user:bob"), "yes (known)");
  evaluation_.now = expiry + absl::Nanoseconds(1);
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "no (known)");
  // A request that read its clock earlier, and comes late.
  evaluation_.now = expiry - absl::Nanoseconds(1);
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes");
}

TEST_F(ResultCacheTest, NothingThatACaveatHadAPartInIsKept) {
  Load(kSchema,
       {"folder:a#viewer@user:anne[at_night]", "folder:b#viewer@user:anne"});
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(AskTwice("folder:a#view@user:anne", R"({"night":true})"), "yes");
    EXPECT_EQ(AskTwice("folder:a#view@user:anne", R"({"night":false})"), "no");
    EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "needs night");
  }
  EXPECT_EQ(AskTwice("folder:b#view@user:anne", R"({"night":true})"), "yes");
  EXPECT_EQ(AskTwice("folder:b#view@user:anne", R"({"night":false})"),
            "yes (known)");
}

TEST_F(ResultCacheTest, AnotherSchemaKnowsNothingOfIt) {
  Load(kSchema, {"folder:a#viewer@user:anne"});
  AskTwice("folder:a#view@user:anne");
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes (known)");
  auto compiled = CompiledSchema::Make(
      *schema::Compile(R"(
        definition user {}
        definition folder {
          relation viewer: user
          relation banned: user
          permission view = banned
        })"),
      [this](auto name) { return store_->FindSymbol(name); });
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  const auto before = evaluation_.schema;
  evaluation_.schema = *compiled;
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "no");
  evaluation_.schema = before;
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes (known)");
}

TEST_F(ResultCacheTest, OldRevisionsAreKnownDownToTheLastChange) {
  Load(kSchema, {"folder:a#viewer@user:anne"});
  Write({"folder:z#viewer@user:anne"});
  const auto old_snapshot = store_->AtHead();
  Write({"folder:y#viewer@user:anne"});
  AskTwice("folder:a#view@user:anne");
  evaluation_.snapshot = old_snapshot.get();
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes (known)");
  Write({}, {"folder:a#viewer@user:anne"});
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "no");
  evaluation_.snapshot = old_snapshot.get();
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "yes");
  evaluation_.snapshot = snapshot_.get();
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "no (known)");
}

TEST_F(ResultCacheTest, ErrorsAreNeverKept) {
  std::vector<std::string> chain = {"folder:f60#viewer@user:anne"};
  for (int i = 0; i < 60; ++i) {
    chain.push_back(fmt::format("folder:f{}#parent@folder:f{}", i, i + 1));
  }
  Load(kSchema, chain);
  EXPECT_EQ(AskTwice("folder:f0#view@user:anne"),
            AskTwice("folder:f0#view@user:anne"));
  EXPECT_EQ(AskTwice("folder:f0#nothing@user:anne"),
            AskTwice("folder:f0#nothing@user:anne"));
  EXPECT_EQ(cache_->Stats().inserts, 0u);
}

// In a batch the second check may rest on what the first found nearer to it
// than it is to itself: an answer that it would not get alone is not kept.
TEST_F(ResultCacheTest, WhatOnlyABatchCanAnswerIsNotKept) {
  std::vector<std::string> chain = {"folder:f30#viewer@user:anne"};
  for (int i = 0; i < 30; ++i) {
    chain.push_back(fmt::format("folder:f{}#parent@folder:f{}", i, i + 1));
  }
  Load(kSchema, chain);
  evaluation_.max_depth = 20;
  const std::string alone = Ask("folder:f0#view@user:anne");
  EXPECT_NE(alone, "yes");
  {
    CheckBatch batch(evaluation_);
    EXPECT_EQ(Ask(&batch, "folder:f15#view@user:anne"), "yes");
    Ask(&batch, "folder:f0#view@user:anne");
  }
  EXPECT_EQ(Ask("folder:f0#view@user:anne"), alone);
}

TEST_F(ResultCacheTest, EachItemOfABatchIsKeptByItself) {
  std::vector<std::string> rows = {"group:g#member@user:anne"};
  for (int i = 0; i < 300; ++i) {
    rows.push_back(fmt::format("folder:f{}#parent@folder:p{}", i, i % 3));
  }
  rows.emplace_back("folder:p1#viewer@group:g#member");
  Load(kSchema, rows);
  {
    CheckBatch batch(evaluation_);
    for (int i = 0; i < 300; ++i) {
      EXPECT_EQ(Ask(&batch, fmt::format("folder:f{}#view@user:anne", i)),
                i % 3 == 1 ? "yes" : "no");
    }
  }
  EXPECT_EQ(cache_->Stats().inserts, 300u);
  EXPECT_EQ(AskTwice("folder:f299#view@user:anne"), "no (known)");
  EXPECT_EQ(AskTwice("folder:f298#view@user:anne"), "yes (known)");
  // What one item found is part of what the later ones rest on, and not of
  // those that had no use for it.
  Write({}, {"group:g#member@user:anne"});
  EXPECT_EQ(AskTwice("folder:f299#view@user:anne"), "no (known)");
  EXPECT_EQ(AskTwice("folder:f298#view@user:anne"), "no");
  Write({"folder:p2#viewer@user:anne"});
  EXPECT_EQ(AskTwice("folder:f299#view@user:anne"), "yes");
  EXPECT_EQ(AskTwice("folder:f0#view@user:anne"), "no (known)");
}

// Of two permissions of one object the second finds the rows at hand, and the
// base of an exclusion was known before: both must be told all the same.
TEST_F(ResultCacheTest, WhatIsReusedWithinAnObjectIsPartOfTheAnswer) {
  Load(kSchema, {"folder:a#viewer@user:anne", "folder:b#parent@folder:a"});
  const std::vector<std::string> questions = {
      "folder:a#viewer@user:anne", "folder:a#view@user:anne",
      "folder:b#view@user:anne", "folder:a#banned@user:anne"};
  {
    CheckBatch batch(evaluation_);
    for (const std::string& question : questions) Ask(&batch, question);
  }
  for (const std::string& question : questions) {
    EXPECT_EQ(AskTwice(question).ends_with(" (known)"), true) << question;
  }
  Write({"folder:a#banned@user:anne"});
  EXPECT_EQ(AskTwice("folder:a#view@user:anne"), "no");
  EXPECT_EQ(AskTwice("folder:b#view@user:anne"), "no");
  EXPECT_EQ(AskTwice("folder:a#banned@user:anne"), "yes");
}

TEST_F(ResultCacheTest, ATraceIsToldOfAnEvaluation) {
  Load(kSchema, {"folder:a#viewer@user:anne"});
  AskTwice("folder:a#view@user:anne");
  const uint64_t hits = cache_->Stats().hits;
  CheckBatch batch(evaluation_);
  TraceStep trace;
  const auto answer =
      batch.Check({"folder", "a"}, "view", {{"user", "anne"}, ""}, {}, &trace);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(cache_->Stats().hits, hits);
}

}  // namespace
}  // namespace kith::engine
