#include <fmt/format.h>

#include <set>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImportTest : public DatabaseTest {
 protected:
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
};

TEST_F(ImportTest, ManyBatchesAreOneCommit) {
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

TEST_F(ImportTest, DroppedWithoutCommitLeavesNothing) {
  const uint64_t head = Head();
  ASSERT_TRUE(Begin()->Add({"document:a#viewer@user:anne"}).ok());
  EXPECT_EQ(Head(), head);
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(ImportTest, CreateOfWhatIsStoredWritesNothing) {
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

TEST_F(ImportTest, CreateOfTheSameTwiceIsRefusedBeforeTheCommit) {
  const auto importer = Begin();
  ASSERT_TRUE(importer->Add({"document:a#viewer@user:anne"}).ok());
  ASSERT_TRUE(importer->Add({"document:b#viewer@user:anne"}).ok());
  // Another value does not make it another relationship.
  const auto twice =
      importer->Add({Expiring("document:a#viewer@user:anne", absl::Hours(1))});
  EXPECT_EQ(RefusalOf(twice).reason,
            ErrorReason::kAttemptToRecreateRelationship);
  EXPECT_THAT(std::string(twice.message()), HasSubstr("relationships[2]: "));
  EXPECT_EQ(importer->Add({"document:c#viewer@user:anne"}), twice);
  EXPECT_EQ(importer->Commit().status(), twice);
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(ImportTest, TouchTakesTheLastOfTwoAndIsIdempotent) {
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

TEST_F(ImportTest, WhatExpiredMayBeCreatedAgain) {
  ASSERT_TRUE(
      Import({Expiring("document:a#viewer@user:anne", absl::Hours(1))}).ok());
  clock_.Advance(absl::Hours(2));
  EXPECT_TRUE(Import({"document:a#viewer@user:anne"}).ok());
  EXPECT_THAT(Stored(), ElementsAre("document:a#viewer@user:anne"));
}

TEST_F(ImportTest, EveryRuleOfAWriteHoldsAndTheIndexSaysWhere) {
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

TEST_F(ImportTest, CaveatContextIsCheckedAsInAWrite) {
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

TEST_F(ImportTest, ASchemaWrittenMeanwhileIsTheOneThatCounts) {
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

TEST_F(ImportTest, MemoryIsBoundedAndTheErrorNamesLimitAndWayOut) {
  options_.max_import_bytes = 10'000;
  Open();
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
  EXPECT_LT(added, 100);
  EXPECT_EQ(importer->Commit().status(), status);
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(ImportTest, AllImportsTogetherAreBoundedUntilTheyEnd) {
  options_.max_import_bytes = 10'000;
  Open();
  std::vector<std::unique_ptr<Importer>> importers;
  absl::Status status;
  for (int i = 0; status.ok() && i < 1000; ++i) {
    if (i % 10 == 0) importers.push_back(Begin());
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

TEST_F(ImportTest, AnImportEndsWithItsCommit) {
  const auto importer = Begin();
  const auto empty = importer->Commit();
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->loaded, 0u);
  EXPECT_FALSE(importer->Add({"document:a#viewer@user:anne"}).ok());
  EXPECT_FALSE(importer->Commit().ok());
}

TEST_F(ImportTest, SurvivesARestart) {
  const support::TempDir folder;
  options_.path = folder / "db";
  Open();
  ASSERT_TRUE(Import({"document:a#viewer@user:anne"}).ok());
  db_.reset();
  Open();
  EXPECT_THAT(Stored(), ElementsAre("document:a#viewer@user:anne"));
}

}  // namespace
}  // namespace kith
