#include <fmt/format.h>

#include <future>

#include "database_fixture.h"

namespace kith {
namespace {

class CounterTest : public DatabaseTest {
 protected:
  uint64_t MustCount(std::string_view name) {
    const auto result = db_->Count(name);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? result->count : 0;
  }
  const RelationshipFilter documents_{.resource_type = "document"};
};

TEST_F(CounterTest, CountsExactlyAtTheNewestRevision) {
  ASSERT_TRUE(db_->RegisterCounter("documents", documents_).ok());
  RelationshipFilter anne;
  anne.subject.emplace();
  anne.subject->type = "user";
  anne.subject->id = "anne";
  anne.subject->relation = "";
  ASSERT_TRUE(db_->RegisterCounter("of_anne", anne).ok());
  EXPECT_EQ(MustCount("documents"), 0u);
  const Token token = MustWrite(
      {Touch("document:a#viewer@user:anne"), Touch("document:b#owner@user:bob"),
       Touch(Expiring("document:c#viewer@user:bob", absl::Hours(1))),
       Touch("team:eng#member@user:anne")});
  const auto result = db_->Count("documents");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->count, 3u);
  EXPECT_EQ(result->read_at, token);
  EXPECT_EQ(MustCount("of_anne"), 2u);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(MustCount("documents"), 2u);
  MustWrite({Delete("document:a#viewer@user:anne")});
  EXPECT_EQ(MustCount("documents"), 1u);
}

TEST_F(CounterTest, NamesAreUniqueAndNamedInErrors) {
  ASSERT_TRUE(db_->RegisterCounter("documents", documents_).ok());
  const auto again = db_->RegisterCounter("documents", documents_);
  EXPECT_EQ(RefusalOf(again), Failed(ErrorReason::kCounterAlreadyRegistered));
  EXPECT_EQ(MetadataOf(again).at("counter_name"), "documents");
  const auto missing = db_->Count("teams");
  EXPECT_EQ(RefusalOf(missing.status()),
            Failed(ErrorReason::kCounterNotRegistered));
  EXPECT_EQ(MetadataOf(missing.status()).at("counter_name"), "teams");
  EXPECT_EQ(RefusalOf(db_->UnregisterCounter("teams")),
            Failed(ErrorReason::kCounterNotRegistered));
  ASSERT_TRUE(db_->UnregisterCounter("documents").ok());
  EXPECT_EQ(RefusalOf(db_->Count("documents").status()),
            Failed(ErrorReason::kCounterNotRegistered));
  EXPECT_TRUE(db_->RegisterCounter("documents", documents_).ok());
}

TEST_F(CounterTest, RefusesBadNamesAndFilters) {
  for (const char* name : {"", "no", "Capital", "has space"}) {
    EXPECT_EQ(RefusalOf(db_->RegisterCounter(name, documents_)), Invalid());
    EXPECT_EQ(RefusalOf(db_->UnregisterCounter(name)), Invalid());
    EXPECT_EQ(RefusalOf(db_->Count(name).status()), Invalid());
  }
  EXPECT_EQ(RefusalOf(db_->RegisterCounter("empty", {})),
            Invalid(ErrorReason::kInvalidFilter));
  EXPECT_EQ(
      RefusalOf(db_->RegisterCounter("folders", {.resource_type = "folder"})),
      Failed(ErrorReason::kUnknownDefinition));
}

TEST_F(CounterTest, TheirNumberIsLimitedAlsoWithinOneGroup) {
  options_.max_counters = 3;
  Open();
  std::vector<std::future<absl::Status>> answers;
  for (int i = 0; i < 5; ++i) {
    auto promise = std::make_shared<std::promise<absl::Status>>();
    answers.push_back(promise->get_future());
    db_->RegisterCounterAsync(
        fmt::format("counter{}", i), documents_,
        [promise](absl::Status status) { promise->set_value(status); });
  }
  std::vector<absl::StatusCode> codes;
  for (auto& answer : answers) codes.push_back(answer.get().code());
  using enum absl::StatusCode;
  EXPECT_THAT(codes, testing::ElementsAre(kOk, kOk, kOk, kResourceExhausted,
                                          kResourceExhausted));
  ASSERT_TRUE(db_->UnregisterCounter("counter1").ok());
  EXPECT_TRUE(db_->RegisterCounter("counter4", documents_).ok());
}

TEST_F(CounterTest, OutlivesRestartCheckpointAndItsDefinition) {
  const support::TempDir folder;
  options_.path = folder / "db";
  Open();
  ASSERT_TRUE(db_->RegisterCounter("documents", documents_).ok());
  ASSERT_TRUE(db_->RegisterCounter("teams", {.resource_type = "team"}).ok());
  ASSERT_TRUE(db_->UnregisterCounter("teams").ok());
  MustWrite({Touch("document:a#viewer@user:anne")});
  ASSERT_TRUE(db_->Checkpoint(folder / "copy").ok());
  db_.reset();
  for (const char* name : {"db", "copy"}) {
    options_.path = folder / name;
    Open();
    EXPECT_EQ(MustCount("documents"), 1u);
    EXPECT_EQ(RefusalOf(db_->Count("teams").status()),
              Failed(ErrorReason::kCounterNotRegistered));
    db_.reset();
  }
  Open();
  MustWrite({Delete("document:a#viewer@user:anne")});
  ASSERT_TRUE(db_->WriteSchema("definition user {}").ok());
  EXPECT_EQ(MustCount("documents"), 0u);
}

}  // namespace
}  // namespace kith
