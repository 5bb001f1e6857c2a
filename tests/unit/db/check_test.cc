#include <string>
#include <vector>

#include "database_fixture.h"

// The request's shape, limits and tokens; what the answers are is the engine's
// matter.

namespace kith {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CheckTest : public DatabaseTest {
 protected:
  void SetUp() override {
    options_.max_bulk_checks = 4;
    options_.max_request_context_bytes = 32;
    Open();
    MustWrite({Create("document:one#owner@user:anne")});
  }

  static CheckRequest Ask(ObjectRef resource, std::string permission,
                          SubjectRef subject) {
    CheckRequest request;
    request.resource = std::move(resource);
    request.permission = std::move(permission);
    request.subject = std::move(subject);
    return request;
  }
};

struct ErrorCase {
  std::string name;
  ObjectRef resource;
  std::string permission;
  SubjectRef subject;
  Refusal refusal;
};

std::vector<ErrorCase> ErrorCases() {
  return {
      {"unknown type", "folder:one", "view", "user:anne",
       Failed(ErrorReason::kUnknownDefinition)},
      {"unknown permission", "document:one", "edit", "user:anne",
       Failed(ErrorReason::kUnknownRelationOrPermission)},
      {"empty permission", "document:one", "", "user:anne",
       Failed(ErrorReason::kUnknownRelationOrPermission)},
      {"malformed permission", "document:one", "View!", "user:anne", Invalid()},
      {"unknown subject type", "document:one", "view", "robot:anne",
       Failed(ErrorReason::kUnknownDefinition)},
      {"unknown subject relation", "document:one", "view", "team:eng#boss",
       Failed(ErrorReason::kUnknownRelationOrPermission)},
      {"wildcard subject", "document:one", "view", "user:*",
       Invalid(ErrorReason::kWildcardNotAllowed)},
      {"wildcard resource", ObjectRef("document", "*"), "view", "user:anne",
       Invalid()},
      {"text that is no object", "gibberish", "view", "user:anne", Invalid()},
      {"wildcard with relation", "document:one", "view",
       SubjectRef(ObjectRef("team", "*"), "member"), Invalid()},
  };
}

TEST_F(CheckTest, ErrorsAreTheSameAloneAndInBulk) {
  for (const ErrorCase& c : ErrorCases()) {
    SCOPED_TRACE(c.name);
    const auto alone = db_->Check(Ask(c.resource, c.permission, c.subject));
    EXPECT_EQ(RefusalOf(alone.status()), c.refusal) << alone.status();
    BulkCheckRequest bulk;
    bulk.items.push_back({"document:one", "view", "user:anne", {}});
    bulk.items.push_back({c.resource, c.permission, c.subject, {}});
    bulk.items.push_back({"document:one", "view", "user:anne", {}});
    const auto many = db_->CheckBulk(bulk);
    ASSERT_TRUE(many.ok()) << many.status();
    ASSERT_THAT(many->answers, SizeIs(3));
    EXPECT_EQ(RefusalOf(many->answers[1].status()), c.refusal);
    for (const size_t good : {0, 2}) {
      ASSERT_TRUE(many->answers[good].ok()) << many->answers[good].status();
      EXPECT_TRUE(many->answers[good]->has_permission());
    }
  }
}

TEST_F(CheckTest, BulkKeepsOrderAndDuplicates) {
  BulkCheckRequest bulk;
  for (const char* subject :
       {"user:bob", "user:anne", "user:bob", "user:anne"}) {
    bulk.items.push_back({"document:one", "view", subject, {}});
  }
  const auto many = db_->CheckBulk(bulk);
  ASSERT_TRUE(many.ok()) << many.status();
  for (size_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(many->answers[i].ok()) << many->answers[i].status();
    EXPECT_EQ(many->answers[i]->has_permission(), i % 2 == 1) << i;
  }
  EXPECT_EQ(db_->Stats().checks, 4u);
}

TEST_F(CheckTest, BulkOverTheLimitIsRefusedAsAWhole) {
  BulkCheckRequest bulk;
  bulk.items.assign(5, {"document:one", "view", "user:anne", {}});
  const absl::Status status = db_->CheckBulk(bulk).status();
  EXPECT_EQ(RefusalOf(status), Invalid(ErrorReason::kTooManyChecksInRequest));
  EXPECT_EQ(MetadataOf(status),
            (std::map<std::string, std::string>{
                {"check_count", "5"}, {"maximum_checks_allowed", "4"}}));
}

TEST_F(CheckTest, EmptyBulkIsAnswered) {
  const auto many = db_->CheckBulk({});
  ASSERT_TRUE(many.ok()) << many.status();
  EXPECT_THAT(many->answers, IsEmpty());
  EXPECT_FALSE(many->checked_at.empty());
}

TEST_F(CheckTest, ContextOverTheLimitFailsTheWholeCall) {
  CheckRequest request = Ask("document:one", "view", "user:anne");
  request.context["key"] = Value{std::string(22, 'x')};  // 32 bytes of JSON
  EXPECT_TRUE(db_->Check(request).ok());
  request.context["key"] = Value{std::string(23, 'x')};
  const absl::Status status = db_->Check(request).status();
  EXPECT_EQ(RefusalOf(status), Invalid());
  EXPECT_THAT(std::string(status.message()), HasSubstr("at most 32"));
  BulkCheckRequest bulk;
  bulk.items.push_back({"document:one", "view", "user:anne", {}});
  bulk.items.push_back({"document:one", "view", "user:anne", request.context});
  EXPECT_EQ(RefusalOf(db_->CheckBulk(bulk).status()), Invalid());
}

TEST_F(CheckTest, ExpiryIsDecidedByTheClockOfTheCall) {
  MustWrite(
      {Create(Expiring("document:two#viewer@user:anne", absl::Seconds(1)))});
  const CheckRequest request = Ask("document:two", "view", "user:anne");
  clock_.Advance(absl::Seconds(1) - absl::Microseconds(1));
  EXPECT_TRUE(db_->Check(request)->has_permission());
  clock_.Advance(absl::Microseconds(1));
  EXPECT_FALSE(db_->Check(request)->has_permission());
}

TEST_F(CheckTest, ExpandRefusesWhatCheckRefuses) {
  EXPECT_EQ(RefusalOf(db_->Expand({"folder:one", "view", {}}).status()),
            Failed(ErrorReason::kUnknownDefinition));
  EXPECT_EQ(RefusalOf(db_->Expand({"document:one", "edit", {}}).status()),
            Failed(ErrorReason::kUnknownRelationOrPermission));
  EXPECT_EQ(RefusalOf(db_->Expand({"gibberish", "view", {}}).status()),
            Invalid());
  const auto tree = db_->Expand({"document:one", "view", {}});
  ASSERT_TRUE(tree.ok()) << tree.status();
  EXPECT_EQ(tree->tree.kind, ExpandTree::Kind::kUnion);
}

TEST_F(CheckTest, BeforeTheFirstSchemaEveryTypeIsUnknown) {
  const auto empty = Database::Open(options_);
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(
      RefusalOf(
          (*empty)->Check(Ask("document:one", "view", "user:anne")).status()),
      Failed(ErrorReason::kUnknownDefinition));
}

}  // namespace
}  // namespace kith
