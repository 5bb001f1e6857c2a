#include <string>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::HasSubstr;

// Every call that takes a consistency, with it.
class ConsistencyTest : public DatabaseTest {
 protected:
  struct Answer {
    absl::Status status;
    Token token;  // of the revision that answered
    bool has = false;
  };

  std::vector<Answer> AskAll(const Consistency& consistency) {
    std::vector<Answer> answers;
    const auto check = db_->Check({.resource = "document:one",
                                   .permission = "view",
                                   .subject = "user:anne",
                                   .context = {},
                                   .consistency = consistency});
    answers.push_back({check.status(), check.ok() ? check->checked_at : "",
                       check.ok() && check->has_permission()});
    BulkCheckRequest bulk;
    bulk.items.push_back({"document:one", "view", "user:anne", {}});
    bulk.consistency = consistency;
    const auto many = db_->CheckBulk(bulk);
    answers.push_back({many.status(), many.ok() ? many->checked_at : "",
                       many.ok() && many->answers[0].ok() &&
                           many->answers[0]->has_permission()});
    ReadRequest read;
    read.filter.resource_id = "one";
    read.consistency = consistency;
    const auto page = db_->Read(read);
    answers.push_back({page.status(), page.ok() ? page->read_at : "",
                       page.ok() && !page->items.empty()});
    const auto tree = db_->Expand({"document:one", "owner", consistency});
    answers.push_back({tree.status(), tree.ok() ? tree->expanded_at : "",
                       tree.ok() && !tree->tree.subjects.empty()});
    return answers;
  }

  void ExpectAll(const Consistency& consistency, const Token& token, bool has) {
    for (const Answer& answer : AskAll(consistency)) {
      ASSERT_TRUE(answer.status.ok()) << answer.status;
      EXPECT_EQ(answer.token, token);
      EXPECT_EQ(answer.has, has);
    }
  }

  void ExpectAllRefused(const Consistency& consistency, absl::StatusCode code,
                        std::string_view message) {
    for (const Answer& answer : AskAll(consistency)) {
      EXPECT_EQ(answer.status.code(), code) << answer.status;
      EXPECT_THAT(std::string(answer.status.message()),
                  HasSubstr(std::string(message)));
    }
  }
};

TEST_F(ConsistencyTest, AllModesButExactSnapshotReadTheNewest) {
  const Token old = MustWrite({Create("document:one#owner@user:bob")});
  const Token newest = MustWrite({Delete("document:one#owner@user:bob"),
                                  Create("document:one#owner@user:anne")});
  ExpectAll(Consistency::MinimizeLatency(), newest, true);
  ExpectAll(Consistency::FullyConsistent(), newest, true);
  ExpectAll(Consistency::AtLeastAsFresh(old), newest, true);
  ExpectAll(Consistency::AtLeastAsFresh(newest), newest, true);
  ExpectAll(Consistency::AtExactSnapshot(newest), newest, true);
}

TEST_F(ConsistencyTest, ExactSnapshotReadsItsRevision) {
  const Token none = db_->ReadSchema()->read_at;
  const Token with = MustWrite({Create("document:one#owner@user:anne")});
  const Token without = MustWrite({Delete("document:one#owner@user:anne")});
  for (int round = 0; round < 2; ++round) {
    ExpectAll(Consistency::AtExactSnapshot(none), none, false);
    ExpectAll(Consistency::AtExactSnapshot(with), with, true);
    ExpectAll(Consistency::AtExactSnapshot(without), without, false);
  }
}

TEST_F(ConsistencyTest, BadTokensAreRefusedByBothModes) {
  for (const auto make :
       {Consistency::AtLeastAsFresh, Consistency::AtExactSnapshot}) {
    ExpectAllRefused(make(""), absl::StatusCode::kInvalidArgument, "is empty");
    ExpectAllRefused(make("nonsense"), absl::StatusCode::kInvalidArgument,
                     "is malformed");
  }
}

TEST_F(ConsistencyTest, TokenOfAnotherDatabaseIsRefused) {
  const auto other = Database::Open(options_);
  ASSERT_TRUE(other.ok()) << other.status();
  const auto written = (*other)->WriteSchema(kTestSchema);
  ASSERT_TRUE(written.ok()) << written.status();
  for (const auto make :
       {Consistency::AtLeastAsFresh, Consistency::AtExactSnapshot}) {
    ExpectAllRefused(make(written->written_at),
                     absl::StatusCode::kInvalidArgument, "another database");
  }
}

TEST_F(ConsistencyTest, TokensAreIgnoredByTheOtherModes) {
  Consistency consistency = Consistency::MinimizeLatency();
  consistency.token = "nonsense";
  for (const Answer& answer : AskAll(consistency)) {
    EXPECT_TRUE(answer.status.ok()) << answer.status;
  }
}

}  // namespace
}  // namespace kith
