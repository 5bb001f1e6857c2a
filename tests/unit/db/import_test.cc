#include <fmt/format.h>

#include <set>

#include "database_fixture.h"
#include "kith/watch.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Every rule holds for both ways of an import: in a group with other commands,
// and by itself as sorted files, here because nothing may stay in memory.
class ImportTest : public DatabaseTest,
                   public testing::WithParamInterface<bool> {
 protected:
  bool as_files() const { return GetParam(); }

  void SetUp() override {
    if (as_files()) {
      options_.path = folder_ / "db";
      options_.max_import_bytes = 1;
    }
    DatabaseTest::SetUp();
  }
  void TearDown() override { db_.reset(); }
  // With other options.
  void Reopen() {
    db_.reset();
    Open();
  }

  std::unique_ptr<Importer> Begin(ImportMode mode = ImportMode::kCreate,
                                  uint64_t first_index = 0) {
    return db_->NewImport({.mode = mode, .first_index = first_index});
  }

  // The outcome of one import of everything in one Add.
  absl::StatusOr<ImportResult> Import(std::vector<Relationship> relationships,
                                      ImportMode mode = ImportMode::kCreate) {
    const auto importer = Begin(mode);
    const auto added = importer->Add(std::move(relationships));
    if (!added.ok()) return added;
    return importer->Commit();
  }

  const support::TempDir folder_;
};

INSTANTIATE_TEST_SUITE_P(Ways, ImportTest, testing::Bool(),
                         [](const auto& way) {
                           return way.param ? "AsFiles" : "InAGroup";
                         });

TEST_P(ImportTest, ManyBatchesAreOneCommit) {
  if (as_files()) {
    options_.max_import_bytes = 1000;  // so that runs are merged as well
    Reopen();
  }
  const uint64_t head = Head();
  const auto importer = Begin();
  for (int batch = 0; batch < 20; ++batch) {
    std::vector<Relationship> relationships;
    for (int i = 0; i < 250; ++i) {
      relationships.emplace_back(
          fmt::format("document:d{}#viewer@user:u{}", batch, i));
    }
    ASSERT_TRUE(importer->Add(std::move(relationships)).ok());
    EXPECT_EQ(Head(), head);
  }
  const auto result = importer->Commit();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->loaded, 5000u);
  EXPECT_EQ(Head(), head + 1);
  ReadRequest request;
  request.filter.resource_type = "document";
  request.consistency = Consistency::AtExactSnapshot(result->written_at);
  std::set<std::string> found;
  while (true) {
    const auto page = db_->Read(request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const ReadItem& item : page->items) {
      EXPECT_TRUE(found.insert(item.relationship.ToString()).second);
    }
    if (!page->more) break;
    request.cursor = page->items.back().cursor;
  }
  EXPECT_EQ(found.size(), 5000u);
}

TEST_P(ImportTest, DroppedWithoutCommitLeavesNothing) {
  const uint64_t head = Head();
  ASSERT_TRUE(Begin()->Add({"document:a#viewer@user:anne"}).ok());
  EXPECT_EQ(Head(), head);
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_P(ImportTest, CreateOfWhatIsStoredWritesNothing) {
  MustWrite({Touch("document:b#viewer@user:anne")});
  const uint64_t head = Head();
  const auto result =
      Import({"document:a#viewer@user:anne", "document:b#viewer@user:anne",
              "document:c#viewer@user:anne"});
  EXPECT_EQ(RefusalOf(result.status()),
            (Refusal{absl::StatusCode::kAlreadyExists,
                     ErrorReason::kAttemptToRecreateRelationship}));
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("relationships[1]: "));
  EXPECT_EQ(MetadataOf(result.status()).at("resource_object_id"), "b");
  EXPECT_EQ(Head(), head);
  EXPECT_THAT(Stored(), ElementsAre("document:b#viewer@user:anne"));
}

TEST_P(ImportTest, CreateOfTheSameTwiceWritesNothing) {
  const uint64_t head = Head();
  const auto importer = Begin(ImportMode::kCreate, 10);
  ASSERT_TRUE(importer->Add({"document:a#viewer@user:anne"}).ok());
  ASSERT_TRUE(importer->Add({"document:b#viewer@user:anne"}).ok());
  // Another value does not make it another relationship.
  ASSERT_TRUE(
      importer
          ->Add({Expiring("document:a#viewer@user:anne", absl::Hours(1)),
                 "document:b#viewer@user:anne"})
          .ok());
  const auto twice = importer->Commit().status();
  EXPECT_EQ(RefusalOf(twice),
            (Refusal{absl::StatusCode::kAlreadyExists,
                     ErrorReason::kAttemptToRecreateRelationship}));
  EXPECT_THAT(std::string(twice.message()), HasSubstr("relationships[12]: "));
  EXPECT_THAT(std::string(twice.message()), HasSubstr("twice"));
  EXPECT_FALSE(importer->Add({"document:c#viewer@user:anne"}).ok());
  EXPECT_FALSE(importer->Commit().ok());
  EXPECT_EQ(Head(), head);
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_P(ImportTest, TheFirstConflictIsTold) {
  MustWrite({Touch("document:b#viewer@user:anne"),
             Touch("document:a#viewer@user:anne")});
  const auto refused = [&](std::vector<Relationship> relationships) {
    return std::string(Import(std::move(relationships)).status().message());
  };
  const Relationship stored_last = "document:b#viewer@user:anne";
  const Relationship stored_first = "document:a#viewer@user:anne";
  const Relationship other = "document:c#viewer@user:anne";
  EXPECT_THAT(refused({other, stored_last, stored_first}),
              HasSubstr("relationships[1]: "));
  EXPECT_THAT(refused({other, other, stored_first}),
              HasSubstr("relationships[1]: "));
  EXPECT_THAT(refused({other, stored_first, other}),
              HasSubstr("relationships[1]: "));
}

TEST_P(ImportTest, AWatchSeesOneCommitOfAll) {
  MustWrite({Touch("document:a#viewer@user:anne")});
  WatchRequest request;
  request.start = MustWrite({Touch("document:b#viewer@user:anne")});
  const auto watcher = db_->Watch(request);
  ASSERT_TRUE(watcher.ok()) << watcher.status();
  const auto result =
      Import({"document:a#viewer@user:anne", "document:c#viewer@user:carl",
              "document:b#viewer@user:bob", "document:c#viewer@user:carl"},
             ImportMode::kTouch);
  ASSERT_TRUE(result.ok()) << result.status();
  const auto event = (*watcher)->Next(absl::Seconds(10));
  ASSERT_TRUE(event.ok() && event->has_value());
  std::set<std::string> updates;
  for (const Update& update : (*event)->updates) {
    EXPECT_EQ(update.operation, Update::Operation::kTouch);
    updates.insert(update.relationship.ToString());
  }
  EXPECT_THAT(updates, ElementsAre("document:b#viewer@user:bob",
                                   "document:c#viewer@user:carl"));
  EXPECT_EQ((*event)->changes_through, result->written_at);
}

// What was overwritten is still there at the revision before.
TEST_P(ImportTest, OldRevisionsKeepWhatWasOverwritten) {
  const Token before =
      MustWrite({Touch(Expiring("document:a#viewer@user:anne", absl::Hours(1))),
                 Touch("document:b#viewer@user:anne")});
  ASSERT_TRUE(
      Import({"document:a#viewer@user:anne", "document:c#viewer@user:anne"},
             ImportMode::kTouch)
          .ok());
  ReadRequest request;
  request.filter.resource_type = "document";
  request.consistency = Consistency::AtExactSnapshot(before);
  const auto page = db_->Read(request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->items.size(), 2u);
  EXPECT_TRUE(page->items[0].relationship.expires_at.has_value());
  EXPECT_THAT(Stored(), ElementsAre("document:a#viewer@user:anne",
                                    "document:b#viewer@user:anne",
                                    "document:c#viewer@user:anne"));
}

TEST_P(ImportTest, TouchTakesTheLastOfTwoAndIsIdempotent) {
  const std::vector<Relationship> relationships = {
      "document:a#viewer@user:anne", "document:b#viewer@user:anne",
      Expiring("document:a#viewer@user:anne", absl::Hours(1))};
  const auto first = Import(relationships, ImportMode::kTouch);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->loaded, 3u);
  EXPECT_THAT(Stored(), ElementsAre(relationships[2].ToString(),
                                    relationships[1].ToString()));
  const uint64_t head = Head();
  const auto again = Import(relationships, ImportMode::kTouch);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->loaded, 3u);
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(again->written_at, first->written_at);
}

TEST_P(ImportTest, WhatExpiredMayBeCreatedAgain) {
  ASSERT_TRUE(
      Import({Expiring("document:a#viewer@user:anne", absl::Hours(1))}).ok());
  clock_.Advance(absl::Hours(2));
  EXPECT_TRUE(Import({"document:a#viewer@user:anne"}).ok());
  EXPECT_THAT(Stored(), ElementsAre("document:a#viewer@user:anne"));
}

TEST_P(ImportTest, EveryRuleOfAWriteHoldsAndTheIndexSaysWhere) {
  const auto refused = [this](const Relationship& bad) {
    const auto importer = Begin(ImportMode::kTouch, 100);
    EXPECT_TRUE(importer->Add({"document:a#viewer@user:anne"}).ok());
    const auto status = importer->Add({bad});
    EXPECT_THAT(std::string(status.message()), HasSubstr("relationships[101]"));
    EXPECT_FALSE(importer->Commit().ok());
    return RefusalOf(status);
  };
  EXPECT_EQ(refused("nonsense"), Invalid());
  EXPECT_EQ(refused("folder:a#viewer@user:anne"),
            Failed(ErrorReason::kUnknownDefinition));
  EXPECT_EQ(refused("document:a#reader@user:anne"),
            Failed(ErrorReason::kUnknownRelationOrPermission));
  EXPECT_EQ(refused("document:a#view@user:anne"),
            Invalid(ErrorReason::kCannotUpdatePermission));
  EXPECT_EQ(refused("document:a#owner@team:eng"),
            Invalid(ErrorReason::kInvalidSubjectType));
  // The reference lets this one through.
  EXPECT_EQ(refused(Expiring("document:a#owner@user:anne", absl::Hours(1))),
            Invalid(ErrorReason::kInvalidSubjectType));
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_P(ImportTest, CaveatContextIsCheckedAsInAWrite) {
  ASSERT_TRUE(db_->WriteSchema("caveat on_day(day string, today string) {\n"
                               "  day == today\n}\ndefinition user {}\n"
                               "definition document {\n"
                               "  relation viewer: user with on_day\n}")
                  .ok());
  EXPECT_EQ(RefusalOf(Import({"document:a#viewer@user:anne[on_day:"
                              "{\"week\":1}]"})
                          .status()),
            Invalid(ErrorReason::kCaveatParameterTypeError));
  Relationship large("document:a#viewer@user:anne[on_day]");
  large.caveat->context["day"].value = std::string(30'000, 'x');
  EXPECT_EQ(RefusalOf(Import({large}).status()),
            Invalid(ErrorReason::kMaxRelationshipContextSize));
  large.caveat->context["day"].value = std::string(20'000, 'x');
  EXPECT_TRUE(Import({large}).ok());
  EXPECT_THAT(Stored(), ElementsAre(large.ToString()));
}

TEST_P(ImportTest, ASchemaWrittenMeanwhileIsTheOneThatCounts) {
  const auto importer = Begin();
  ASSERT_TRUE(
      importer
          ->Add({"document:a#viewer@user:anne", "document:a#owner@user:anne"})
          .ok());
  ASSERT_TRUE(db_->WriteSchema("definition user {}\ndefinition document {\n"
                               "  relation viewer: user\n}")
                  .ok());
  const auto result = importer->Commit();
  EXPECT_EQ(RefusalOf(result.status()),
            Failed(ErrorReason::kUnknownRelationOrPermission));
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("relationships[1]: "));
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_P(ImportTest, ItsSizeIsBoundedAndTheErrorNamesLimitAndWayOut) {
  if (as_files()) {
    options_.max_import_file_bytes = 10'000;
  } else {
    options_.max_import_bytes = 10'000;
  }
  Reopen();
  const auto importer = Begin();
  absl::Status status;
  int added = 0;
  for (; status.ok() && added < 1000; ++added) {
    status = importer->Add(
        {Relationship(fmt::format("document:d{}#viewer@user:anne", added))});
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("10000 bytes"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("in chunks"));
  EXPECT_GT(added, 5);
  EXPECT_LT(added, 500);
  EXPECT_EQ(importer->Commit().status(), status);
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_P(ImportTest, AllImportsTogetherAreBoundedUntilTheyEnd) {
  if (as_files()) GTEST_SKIP() << "they hold no memory";
  options_.max_import_bytes = 10'000;
  Reopen();
  std::vector<std::unique_ptr<Importer>> importers;
  absl::Status status;
  for (int i = 0; status.ok() && i < 10'000; ++i) {
    if (i % 100 == 0) importers.push_back(Begin());
    status = importers.back()->Add(
        {Relationship(fmt::format("document:d{}#viewer@user:anne", i))});
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), HasSubstr("hold 40000 bytes"));
  EXPECT_GT(importers.size(), 4u);
  EXPECT_TRUE(importers.front()->Commit().ok());
  importers.erase(importers.begin() + 1);
  for (int i = 0; i < 2; ++i) {
    const auto importer = Begin(ImportMode::kTouch);
    ASSERT_TRUE(importer->Add({"document:a#viewer@user:anne"}).ok());
    EXPECT_TRUE(importer->Commit().ok());
  }
}

TEST_P(ImportTest, AnImportEndsWithItsCommit) {
  const auto importer = Begin();
  const auto empty = importer->Commit();
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->loaded, 0u);
  EXPECT_FALSE(importer->Add({"document:a#viewer@user:anne"}).ok());
  EXPECT_FALSE(importer->Commit().ok());
}

TEST_P(ImportTest, SurvivesARestart) {
  options_.path = folder_ / "db";
  Reopen();
  ASSERT_TRUE(Import({"document:a#viewer@user:anne"}).ok());
  Reopen();
  EXPECT_THAT(Stored(), ElementsAre("document:a#viewer@user:anne"));
}

}  // namespace
}  // namespace kith
