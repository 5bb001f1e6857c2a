#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "kith/database.h"
#include "unit/db/database_fixture.h"

// Answers with the caches on, which must be those of the stored relationships
// whatever is written in between.

namespace kith {
namespace {

constexpr std::string_view kDrive = R"(
  use expiration

  caveat at_night(night bool) { night }

  definition user {}
  definition group { relation member: user | group#member }
  definition folder {
    relation parent: folder
    relation viewer: user | user:* | group#member | user with at_night |
                     user with expiration
    relation banned: user | user with expiration
    permission view = (viewer + parent->view) - banned
  }
)";

class CacheTest : public DatabaseTest {
 protected:
  void SetUp() override {
    options_.shadow_check_interval = 0;
    options_.warn = [this](std::string_view line) {
      warnings_.emplace_back(line);
    };
    OpenDrive();
  }
  void OpenDrive() {
    db_.reset();
    Open();
    const auto schema = db_->WriteSchema(kDrive);
    ASSERT_TRUE(schema.ok()) << schema.status();
  }

  std::string Ask(std::string_view folder, std::string_view user,
                  Consistency consistency = {}, Struct context = {}) {
    CheckRequest request;
    request.resource = {"folder", folder};
    request.permission = "view";
    request.subject.object = {"user", user};
    request.consistency = std::move(consistency);
    request.context = std::move(context);
    const auto result = db_->Check(request);
    if (!result.ok()) return std::string(result.status().message());
    last_token_ = result->checked_at;
    switch (result->permissionship) {
      case Permissionship::kHasPermission:
        return "yes";
      case Permissionship::kConditional:
        return "conditional";
      case Permissionship::kNoPermission:
        return "no";
    }
    return "?";
  }
  // The same, and whether it was known.
  std::string AskKnown(std::string_view folder, std::string_view user,
                       Consistency consistency = {}) {
    const uint64_t hits = db_->Stats().result_cache.hits;
    std::string answer = Ask(folder, user, std::move(consistency));
    return answer + (db_->Stats().result_cache.hits > hits ? " (known)" : "");
  }
  // Twice the same; the second time it is known.
  void Expect(std::string_view folder, std::string_view user,
              const std::string& answer) {
    EXPECT_EQ(Ask(folder, user), answer) << folder << " " << user;
    EXPECT_EQ(AskKnown(folder, user), answer + " (known)")
        << folder << " " << user;
  }

  Token Touch(std::string_view text) { return MustWrite({kith::Touch(text)}); }
  Token Delete(std::string_view text) {
    return MustWrite({kith::Delete(text)});
  }

  std::vector<std::string> warnings_;
  Token last_token_;
};

TEST_F(CacheTest, EveryWriteIsSeenByTheNextCheck) {
  Touch("folder:b#parent@folder:a");
  Expect("b", "anne", "no");
  Touch("folder:a#viewer@user:anne");
  Expect("b", "anne", "yes");
  Expect("a", "anne", "yes");
  Delete("folder:b#parent@folder:a");
  Expect("b", "anne", "no");
  Expect("a", "anne", "yes");
}

TEST_F(CacheTest, WhatWasAbsentIsFoundOnceCreated) {
  Expect("new", "anne", "no");
  Touch("folder:new#viewer@group:g#member");
  Expect("new", "anne", "no");
  Touch("group:g#member@group:h#member");
  Expect("new", "anne", "no");
  Touch("group:h#member@user:anne");
  Expect("new", "anne", "yes");
}

TEST_F(CacheTest, AWildcardComesAndGoes) {
  Expect("a", "anne", "no");
  Touch("folder:a#viewer@user:*");
  Expect("a", "anne", "yes");
  Expect("a", "bob", "yes");
  Delete("folder:a#viewer@user:*");
  Expect("a", "anne", "no");
  Expect("a", "bob", "no");
}

TEST_F(CacheTest, TheSubtractedSideCounts) {
  Touch("folder:a#viewer@user:anne");
  Touch("folder:b#parent@folder:a");
  Expect("b", "anne", "yes");
  Touch("folder:a#banned@user:anne");
  Expect("b", "anne", "no");
  Delete("folder:a#banned@user:anne");
  Expect("b", "anne", "yes");
  Touch("folder:b#banned@user:anne");
  Expect("b", "anne", "no");
  Delete("folder:b#banned@user:anne");
  Expect("b", "anne", "yes");
}

TEST_F(CacheTest, TheTokenIsThatOfTheNewestRevision) {
  Touch("folder:a#viewer@user:anne");
  Expect("a", "anne", "yes");
  const Token written = Touch("folder:z#viewer@user:anne");
  EXPECT_EQ(AskKnown("a", "anne"), "yes (known)");
  EXPECT_EQ(last_token_, written);
  EXPECT_EQ(AskKnown("a", "anne", Consistency::AtLeastAsFresh(written)),
            "yes (known)");
  Consistency full;
  full.mode = Consistency::Mode::kFullyConsistent;
  EXPECT_EQ(AskKnown("a", "anne", full), "yes (known)");
}

TEST_F(CacheTest, OldRevisionsKeepTheirAnswersBesideNewOnes) {
  const Token before = Touch("folder:z#viewer@user:zoe");
  const Token with = Touch("folder:a#viewer@user:anne");
  const Token after = Delete("folder:a#viewer@user:anne");
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(Ask("a", "anne", Consistency::AtExactSnapshot(before)), "no");
    EXPECT_EQ(Ask("a", "anne", Consistency::AtExactSnapshot(with)), "yes");
    EXPECT_EQ(last_token_, with);
    EXPECT_EQ(Ask("a", "anne", Consistency::AtExactSnapshot(after)), "no");
    EXPECT_EQ(Ask("a", "anne"), "no");
  }
}

// Nothing but time passes: of a viewer who expires and of a ban that does, at
// the last microsecond before, at the moment itself, and behind it.
TEST_F(CacheTest, ExpiryIsExactWhateverIsKnown) {
  MustWrite(
      {kith::Touch(Expiring("folder:a#viewer@user:anne", absl::Seconds(10)))});
  Touch("folder:b#viewer@user:anne");
  MustWrite(
      {kith::Touch(Expiring("folder:b#banned@user:anne", absl::Seconds(10)))});
  Expect("a", "anne", "yes");
  Expect("b", "anne", "no");
  clock_.Advance(absl::Seconds(10) - absl::Microseconds(1));
  EXPECT_EQ(AskKnown("a", "anne"), "yes (known)");
  EXPECT_EQ(AskKnown("b", "anne"), "no (known)");
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(AskKnown("a", "anne"), "no");
  EXPECT_EQ(AskKnown("b", "anne"), "yes");
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(AskKnown("a", "anne"), "no (known)");
  EXPECT_EQ(AskKnown("b", "anne"), "yes (known)");
}

TEST_F(CacheTest, ExpiredRowsMayBeCollectedUnderWhatIsKnown) {
  MustWrite(
      {kith::Touch(Expiring("folder:a#viewer@user:anne", absl::Seconds(10)))});
  Expect("a", "anne", "yes");
  clock_.Advance(absl::Hours(48));
  Touch("folder:z#viewer@user:zoe");
  Expect("a", "anne", "no");
  ASSERT_TRUE(db_->CollectGarbage().ok());
  Expect("a", "anne", "no");
  Touch("folder:a#viewer@user:anne");
  Expect("a", "anne", "yes");
}

TEST_F(CacheTest, ANewSchemaAnswersItsOwnWay) {
  Touch("folder:a#viewer@user:anne");
  Expect("a", "anne", "yes");
  const Token before = last_token_;
  std::string changed(kDrive);
  const std::string rule = "(viewer + parent->view) - banned";
  changed.replace(changed.find(rule), rule.size(), "banned");
  ASSERT_TRUE(db_->WriteSchema(changed).ok());
  Expect("a", "anne", "no");
  EXPECT_EQ(Ask("a", "anne", Consistency::AtExactSnapshot(before)), "yes");
  ASSERT_TRUE(db_->WriteSchema(kDrive).ok());
  Expect("a", "anne", "yes");
}

TEST_F(CacheTest, ContextsThatDifferAnswerDifferently) {
  MustWrite({kith::Touch("folder:a#viewer@user:anne[at_night]")});
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(Ask("a", "anne", {}, {{"night", {true}}}), "yes");
    EXPECT_EQ(Ask("a", "anne", {}, {{"night", {false}}}), "no");
    EXPECT_EQ(Ask("a", "anne"), "conditional");
  }
  EXPECT_EQ(db_->Stats().result_cache.hits, 0u);
}

TEST_F(CacheTest, AKnownAnswerDoesNotExcuseABadRequest) {
  Touch("folder:a#viewer@user:anne");
  Expect("a", "anne", "yes");
  EXPECT_THAT(Ask("a", "anne", {}, {{"night", {std::string(5000, 'x')}}}),
              testing::HasSubstr("request context"));
  EXPECT_THAT(Ask("a", "anne", Consistency::AtLeastAsFresh("nonsense")),
              testing::HasSubstr("token"));
  EXPECT_THAT(Ask("*", "anne"), testing::HasSubstr("wildcard"));
  EXPECT_THAT(Ask("a", "*"), testing::HasSubstr("wildcard"));
}

TEST_F(CacheTest, BulkAndSingleChecksShareWhatIsKnown) {
  BulkCheckRequest request;
  for (int i = 0; i < 5; ++i) {
    const std::string folder = fmt::format("f{}", i);
    Touch(fmt::format("folder:{}#viewer@user:anne", folder));
    CheckItem item;
    item.resource = {"folder", folder};
    item.permission = "view";
    item.subject.object = {"user", "anne"};
    request.items.push_back(item);
  }
  for (int round = 0; round < 2; ++round) {
    const auto result = db_->CheckBulk(request);
    ASSERT_TRUE(result.ok()) << result.status();
    for (const auto& answer : result->answers) {
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_TRUE(answer->has_permission());
    }
  }
  EXPECT_EQ(db_->Stats().result_cache.hits, 5u);
  EXPECT_EQ(AskKnown("f3", "anne"), "yes (known)");
}

TEST_F(CacheTest, WhatIsSwitchedOffIsNotUsed) {
  options_.row_cache_bytes = 0;
  options_.result_cache_bytes = 0;
  OpenDrive();
  Touch("folder:a#viewer@user:anne");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask("a", "anne"), "yes");
  const DatabaseStats stats = db_->Stats();
  EXPECT_EQ(stats.row_cache.hits + stats.row_cache.misses, 0u);
  EXPECT_EQ(stats.result_cache.hits + stats.result_cache.misses, 0u);
}

TEST_F(CacheTest, EitherCacheWorksAlone) {
  for (const bool rows : {true, false}) {
    options_.row_cache_bytes = rows ? 1 << 20 : 0;
    options_.result_cache_bytes = rows ? 0 : 1 << 20;
    OpenDrive();
    for (int i = 0; i < 3; ++i) {
      Touch("folder:a#viewer@user:anne");
      EXPECT_EQ(Ask("a", "anne"), "yes");
      EXPECT_EQ(Ask("a", "anne"), "yes");
      Delete("folder:a#viewer@user:anne");
      EXPECT_EQ(Ask("a", "anne"), "no");
      EXPECT_EQ(Ask("a", "anne"), "no");
    }
    EXPECT_EQ(db_->Stats().row_cache.hits > 0, rows);
    EXPECT_EQ(db_->Stats().result_cache.hits > 0, !rows);
  }
}

TEST_F(CacheTest, SamplesAreAnsweredAgainWithoutTheCaches) {
  options_.shadow_check_interval = 1;
  OpenDrive();
  Touch("folder:a#viewer@user:anne");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Ask("a", "anne"), "yes");
  EXPECT_EQ(db_->Stats().shadow_checks, 4u);
  EXPECT_EQ(db_->Stats().shadow_mismatches, 0u);
  EXPECT_FALSE(db_->Stats().caches_given_up);
  EXPECT_TRUE(warnings_.empty());
}

// The smallest caches, in which everything collides and is evicted all the
// time, under every kind of write, with every answer made twice.
TEST_F(CacheTest, TheSmallestCachesAnswerAsNone) {
  options_.row_cache_bytes = 2048;
  options_.result_cache_bytes = 2048;
  options_.change_stripes = 4;
  options_.cache_hash_bits = 4;
  options_.shadow_check_interval = 1;
  OpenDrive();
  const std::vector<std::string> rows = {
      "folder:a#viewer@user:anne",      "folder:a#viewer@user:*",
      "folder:b#parent@folder:a",       "folder:c#parent@folder:b",
      "folder:a#viewer@group:g#member", "group:g#member@user:bob",
      "group:g#member@group:h#member",  "group:h#member@user:anne",
      "folder:b#banned@user:anne",      "folder:c#banned@user:bob"};
  uint32_t random = 12345;
  const auto next = [&random](size_t n) {
    random = random * 1664525 + 1013904223;
    return (random >> 8) % n;
  };
  for (int i = 0; i < 300; ++i) {
    const std::string& row = rows[next(rows.size())];
    if (next(2) == 0) {
      Touch(row);
    } else {
      Delete(row);
    }
    for (const char* folder : {"a", "b", "c"}) {
      for (const char* user : {"anne", "bob"}) Ask(folder, user);
    }
  }
  const DatabaseStats stats = db_->Stats();
  EXPECT_EQ(stats.shadow_checks, 1800u);
  EXPECT_EQ(stats.shadow_mismatches, 0u) << warnings_.front();
  EXPECT_LE(stats.row_cache.bytes, 2048u);
  EXPECT_LE(stats.result_cache.bytes, 2048u);
}

// Writers toggle one relationship each, and see what they wrote at once, while
// others ask the same.
TEST_F(CacheTest, ReadersBesideWritersSeeWhatWasAcknowledged) {
  std::atomic<bool> stop{false};
  Touch("folder:b#parent@folder:a");
  const auto plain = [&](std::string_view user) {
    CheckRequest request;
    request.resource = {"folder", "b"};
    request.permission = "view";
    request.subject.object = {"user", user};
    const auto result = db_->Check(request);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() && result->has_permission();
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        plain("anne");
        plain("bob");
      }
    });
  }
  std::vector<std::thread> writers;
  for (const std::string user : {"anne", "bob"}) {
    writers.emplace_back([&, user] {
      const std::string row = fmt::format("folder:a#viewer@user:{}", user);
      for (int i = 0; i < 150; ++i) {
        ASSERT_TRUE(
            db_->Write(std::vector{kith::Touch(std::string_view(row))}).ok());
        ASSERT_TRUE(plain(user)) << user << " " << i;
        ASSERT_TRUE(
            db_->Write(std::vector{kith::Delete(std::string_view(row))}).ok());
        ASSERT_FALSE(plain(user)) << user << " " << i;
      }
    });
  }
  for (auto& writer : writers) writer.join();
  stop = true;
  for (auto& thread : readers) thread.join();
}

}  // namespace
}  // namespace kith
