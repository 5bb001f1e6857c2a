#include <string>
#include <vector>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class DeleteTest : public DatabaseTest {
 protected:
  void SetUp() override {
    options_.max_delete_limit = 4;
    Open();
    MustWrite({Create("document:doc1#owner@user:anne"),
               Create("document:doc1#viewer@user:bob"),
               Create("document:doc1#viewer@team:eng#member"),
               Create("document:doc2#viewer@user:bob"),
               Create("document:doc2#viewer@user:*")});
  }

  static DeleteRequest Of(RelationshipFilter filter) {
    DeleteRequest request;
    request.filter = std::move(filter);
    return request;
  }
};

RelationshipFilter Documents() {
  RelationshipFilter filter;
  filter.resource_type = "document";
  return filter;
}

TEST_F(DeleteTest, DeletesWhatMatchesAndCounts) {
  RelationshipFilter filter = Documents();
  filter.subject = SubjectFilter{"user", "bob", std::nullopt};
  const auto result = db_->DeleteByFilter(Of(filter));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->deleted, 2u);
  EXPECT_TRUE(result->complete);
  EXPECT_THAT(Stored(), ElementsAre("document:doc1#owner@user:anne",
                                    "document:doc1#viewer@team:eng#member",
                                    "document:doc2#viewer@user:*"));
  EXPECT_EQ(Stored(Consistency::AtExactSnapshot(result->deleted_at)), Stored());
}

TEST_F(DeleteTest, FiltersSelectExactly) {
  struct Case {
    RelationshipFilter filter;
    uint64_t deleted;
  };
  std::vector<Case> cases(7);
  cases[0].filter.resource_id = "doc1";
  cases[0].deleted = 3;
  cases[1].filter.resource_id_prefix = "doc";
  cases[1].deleted = 5;
  cases[2].filter.relation = "viewer";
  cases[2].deleted = 4;
  cases[3].filter.subject = SubjectFilter{"user", "*", std::nullopt};
  cases[3].deleted = 1;
  cases[4].filter.subject = SubjectFilter{"team", "", "member"};
  cases[4].deleted = 1;
  cases[5].filter.subject = SubjectFilter{"team", "", ""};
  cases[5].deleted = 0;
  cases[6].filter.relation = "never_interned";
  cases[6].deleted = 0;
  const std::vector<std::string> all = Stored();
  for (const Case& c : cases) {
    const auto result = db_->DeleteByFilter(Of(c.filter));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->deleted, c.deleted);
    EXPECT_THAT(Stored(), SizeIs(all.size() - c.deleted));
    std::vector<Update> again;
    for (const std::string& text : all) {
      again.push_back(Touch(Relationship(std::string_view(text))));
    }
    MustWrite(again);
  }
}

TEST_F(DeleteTest, NothingToDeleteTakesNoRevision) {
  RelationshipFilter filter = Documents();
  filter.resource_id = "doc9";
  const uint64_t head = Head();
  const auto result = db_->DeleteByFilter(Of(filter));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->deleted, 0u);
  EXPECT_TRUE(result->complete);
  EXPECT_EQ(Head(), head);
  DeleteRequest with_metadata = Of(filter);
  with_metadata.metadata["why"] = Value{std::string("clean-up")};
  EXPECT_TRUE(db_->DeleteByFilter(with_metadata).ok());
  EXPECT_EQ(Head(), head + 1);
}

TEST_F(DeleteTest, MoreThanTheLimitIsRefusedUnlessPartial) {
  DeleteRequest request = Of(Documents());
  request.limit = 4;
  const absl::Status status = db_->DeleteByFilter(request).status();
  EXPECT_EQ(RefusalOf(status),
            Invalid(ErrorReason::kTooManyRelationshipsForTransactionalDelete));
  EXPECT_EQ(MetadataOf(status),
            (std::map<std::string, std::string>{
                {"limit", "4"}, {"filter_resource_type", "document"}}));
  EXPECT_THAT(Stored(), SizeIs(5));

  request.allow_partial = true;
  const auto first = db_->DeleteByFilter(request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->deleted, 4u);
  EXPECT_FALSE(first->complete);
  const auto second = db_->DeleteByFilter(request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->deleted, 1u);
  EXPECT_TRUE(second->complete);
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(DeleteTest, ExactlyTheLimitIsComplete) {
  MustWrite({Delete("document:doc1#owner@user:anne")});
  for (const bool partial : {false, true}) {
    DeleteRequest request = Of(Documents());
    request.limit = 4;
    request.allow_partial = partial;
    const auto result = db_->DeleteByFilter(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->deleted, 4u);
    EXPECT_TRUE(result->complete);
    MustWrite({Create("document:doc1#viewer@user:bob"),
               Create("document:doc2#viewer@user:bob"),
               Create("document:doc3#viewer@user:bob"),
               Create("document:doc4#viewer@user:bob")});
  }
}

TEST_F(DeleteTest, LimitOverTheMaximumIsRefused) {
  DeleteRequest request = Of(Documents());
  request.limit = 5;
  const absl::Status status = db_->DeleteByFilter(request).status();
  EXPECT_EQ(RefusalOf(status),
            Invalid(ErrorReason::kExceedsMaximumAllowableLimit));
  EXPECT_EQ(MetadataOf(status),
            (std::map<std::string, std::string>{
                {"limit_provided", "5"}, {"maximum_limit_allowed", "4"}}));
}

TEST_F(DeleteTest, ExpiredRelationshipsDoNotCount) {
  MustWrite(
      {Create(Expiring("document:doc3#viewer@user:eve", absl::Seconds(1)))});
  clock_.Advance(absl::Seconds(1));
  RelationshipFilter filter = Documents();
  filter.resource_id = "doc3";
  const auto result = db_->DeleteByFilter(Of(filter));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->deleted, 0u);
}

TEST_F(DeleteTest, PreconditionsHoldItBack) {
  DeleteRequest request = Of(Documents());
  RelationshipFilter owner = Documents();
  owner.relation = "owner";
  request.preconditions = {{Precondition::Operation::kMustNotMatch, owner}};
  EXPECT_EQ(RefusalOf(db_->DeleteByFilter(request).status()),
            Failed(ErrorReason::kWriteOrDeletePreconditionFailure));
  EXPECT_THAT(Stored(), SizeIs(5));
}

TEST_F(DeleteTest, FilterIsCheckedForShapeAndNames) {
  EXPECT_EQ(RefusalOf(db_->DeleteByFilter(Of({})).status()),
            Invalid(ErrorReason::kInvalidFilter));
  RelationshipFilter filter;
  filter.resource_type = "folder";
  EXPECT_EQ(RefusalOf(db_->DeleteByFilter(Of(filter)).status()),
            Failed(ErrorReason::kUnknownDefinition));
  filter = Documents();
  filter.relation = "editor";
  EXPECT_EQ(RefusalOf(db_->DeleteByFilter(Of(filter)).status()),
            Failed(ErrorReason::kUnknownRelationOrPermission));
}

}  // namespace
}  // namespace kith
