#include <algorithm>
#include <string>
#include <vector>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WriteTest : public DatabaseTest {
 protected:
  absl::Status WriteWith(Precondition::Operation operation,
                         RelationshipFilter filter, Update update) {
    WriteRequest request;
    request.updates.push_back(std::move(update));
    request.preconditions.push_back({operation, std::move(filter)});
    return db_->Write(std::move(request)).status();
  }
};

RelationshipFilter OwnersOf(std::string_view id) {
  RelationshipFilter filter;
  filter.resource_type = "document";
  filter.resource_id = id;
  filter.relation = "owner";
  return filter;
}

TEST_F(WriteTest, AllUpdatesOfARequestAreApplied) {
  MustWrite({Create("document:one#owner@user:anne")});
  MustWrite({Delete("document:one#owner@user:anne"),
             Create("document:one#owner@user:bob"),
             Touch("document:one#viewer@team:eng#member"),
             Touch("document:one#viewer@user:*")});
  EXPECT_THAT(Stored(), ElementsAre("document:one#owner@user:bob",
                                    "document:one#viewer@team:eng#member",
                                    "document:one#viewer@user:*"));
}

TEST_F(WriteTest, CreateOfALiveRelationshipChangesNothing) {
  MustWrite({Create("document:one#owner@user:anne")});
  const uint64_t head = Head();
  const absl::Status status =
      WriteStatus({Create("document:two#owner@user:anne"),
                   Create("document:one#owner@user:anne")});
  EXPECT_EQ(RefusalOf(status),
            (Refusal{absl::StatusCode::kAlreadyExists,
                     ErrorReason::kAttemptToRecreateRelationship}));
  EXPECT_EQ(MetadataOf(status)["relationship"], "document:one#owner@user:anne");
  EXPECT_EQ(MetadataOf(status)["resource_object_id"], "one");
  EXPECT_THAT(Stored(), ElementsAre("document:one#owner@user:anne"));
  EXPECT_EQ(Head(), head);
}

TEST_F(WriteTest, CreateWithAnExpiryIsStillTheSameRelationship) {
  MustWrite({Create("document:one#viewer@user:anne")});
  EXPECT_EQ(WriteStatus({Create(Expiring("document:one#viewer@user:anne",
                                         absl::Hours(1)))})
                .code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(WriteTest, CreateOverAnExpiredRelationshipSucceeds) {
  MustWrite(
      {Create(Expiring("document:one#viewer@user:anne", absl::Seconds(10)))});
  clock_.Advance(absl::Seconds(9));
  EXPECT_EQ(WriteStatus({Create("document:one#viewer@user:anne")}).code(),
            absl::StatusCode::kAlreadyExists);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(Stored(), IsEmpty());
  MustWrite({Create("document:one#viewer@user:anne")});
  EXPECT_THAT(Stored(), ElementsAre("document:one#viewer@user:anne"));
}

TEST_F(WriteTest, TouchOfAnEqualRelationshipTakesNoRevision) {
  const Relationship relationship =
      Expiring("document:one#viewer@user:anne", absl::Hours(1));
  const Token first = MustWrite({Touch(relationship)});
  const uint64_t head = Head();
  EXPECT_EQ(MustWrite({Touch(relationship)}), first);
  EXPECT_EQ(Head(), head);
}

TEST_F(WriteTest, TouchReplacesAndClearsTheExpiry) {
  const std::string plain = "document:one#viewer@user:anne";
  for (const Relationship& next :
       {Expiring(plain, absl::Hours(1)), Expiring(plain, absl::Hours(2)),
        Expiring(plain, absl::Hours(2) + absl::Nanoseconds(1)),
        Relationship(plain)}) {
    const uint64_t head = Head();
    MustWrite({Touch(next)});
    EXPECT_EQ(Head(), head + 1) << next.ToString();
    EXPECT_THAT(Stored(), ElementsAre(next.ToString()));
  }
}

TEST_F(WriteTest, ExpiryKeepsNanosecondsAndFarYears) {
  Relationship near("document:one#viewer@user:anne");
  near.expires_at = clock_.Now() + absl::Nanoseconds(123'456'789);
  Relationship far("document:two#viewer@user:anne");
  far.expires_at =
      absl::FromCivil(absl::CivilSecond(9999, 12, 31), absl::UTCTimeZone());
  MustWrite({Touch(near), Touch(far)});
  EXPECT_THAT(Stored(), ElementsAre(near.ToString(), far.ToString()));
}

TEST_F(WriteTest, DeleteIgnoresCaveatExpiryAndAbsence) {
  MustWrite({Create("document:one#viewer@user:anne")});
  Relationship other =
      Expiring("document:one#viewer@user:anne", absl::Hours(1));
  other.caveat = CaveatRef{"on_day", {}};
  MustWrite({Delete(other), Delete("document:two#viewer@user:anne")});
  EXPECT_THAT(Stored(), IsEmpty());
  const uint64_t head = Head();
  MustWrite({Delete("document:one#viewer@user:anne")});
  EXPECT_EQ(Head(), head) << "a delete of nothing took a revision";
}

TEST_F(WriteTest, DeleteNeedsNoAllowedSubjectType) {
  EXPECT_TRUE(WriteStatus({Delete("document:one#owner@team:eng#member")}).ok());
}

TEST_F(WriteTest, EmptyRequestIsAcceptedWithoutRevision) {
  const uint64_t head = Head();
  EXPECT_TRUE(db_->Write(WriteRequest{}).ok());
  EXPECT_EQ(Head(), head);
}

TEST_F(WriteTest, MetadataAloneTakesARevision) {
  const uint64_t head = Head();
  WriteRequest request;
  request.metadata["who"] = Value{std::string("anne")};
  EXPECT_TRUE(db_->Write(request).ok());
  EXPECT_EQ(Head(), head + 1);
}

TEST_F(WriteTest, PreconditionsDecide) {
  using Operation = Precondition::Operation;
  const Update update = Touch("document:new#owner@user:anne");
  EXPECT_FALSE(WriteWith(Operation::kMustMatch, OwnersOf("one"), update).ok());
  EXPECT_THAT(Stored(), IsEmpty());
  EXPECT_TRUE(
      WriteWith(Operation::kMustNotMatch, OwnersOf("one"), update).ok());
  MustWrite({Create("document:one#owner@user:bob")});
  EXPECT_TRUE(WriteWith(Operation::kMustMatch, OwnersOf("one"), update).ok());
  EXPECT_FALSE(
      WriteWith(Operation::kMustNotMatch, OwnersOf("one"), update).ok());
}

TEST_F(WriteTest, PreconditionOfOneKeyIsExact) {
  using Operation = Precondition::Operation;
  MustWrite({Create("document:one#viewer@team:eng#member")});
  RelationshipFilter filter = OwnersOf("one");
  filter.relation = "viewer";
  const Update update = Touch("document:new#owner@user:anne");
  filter.subject = SubjectFilter{"team", "eng", "member"};
  EXPECT_TRUE(WriteWith(Operation::kMustMatch, filter, update).ok());
  filter.subject->relation = "";
  EXPECT_FALSE(WriteWith(Operation::kMustMatch, filter, update).ok());
  filter.subject->relation = std::nullopt;
  EXPECT_TRUE(WriteWith(Operation::kMustMatch, filter, update).ok());
  filter.subject->id = "engine";
  EXPECT_FALSE(WriteWith(Operation::kMustMatch, filter, update).ok());
}

TEST_F(WriteTest, PreconditionIgnoresExpiredRelationships) {
  using Operation = Precondition::Operation;
  MustWrite(
      {Create(Expiring("document:one#viewer@user:anne", absl::Seconds(5)))});
  RelationshipFilter filter = OwnersOf("one");
  filter.relation = "viewer";
  RelationshipFilter exact = filter;
  exact.subject = SubjectFilter{"user", "anne", ""};
  const Update update = Touch("document:new#owner@user:anne");
  EXPECT_TRUE(WriteWith(Operation::kMustMatch, filter, update).ok());
  EXPECT_TRUE(WriteWith(Operation::kMustMatch, exact, update).ok());
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(WriteWith(Operation::kMustNotMatch, filter, update).ok());
  EXPECT_TRUE(WriteWith(Operation::kMustNotMatch, exact, update).ok());
}

TEST_F(WriteTest, PreconditionFailureNamesOperationAndFilter) {
  RelationshipFilter filter;
  filter.resource_type = "document";
  filter.resource_id_prefix = "on";
  filter.subject = SubjectFilter{"team", "eng", "member"};
  const absl::Status status =
      WriteWith(Precondition::Operation::kMustMatch, filter,
                Touch("document:new#owner@user:anne"));
  EXPECT_EQ(RefusalOf(status),
            Failed(ErrorReason::kWriteOrDeletePreconditionFailure));
  EXPECT_EQ(MetadataOf(status),
            (std::map<std::string, std::string>{
                {"precondition_operation", "OPERATION_MUST_MATCH"},
                {"precondition_resource_type", "document"},
                {"precondition_resource_id_prefix", "on"},
                {"precondition_subject_type", "team"},
                {"precondition_subject_id", "eng"},
                {"precondition_subject_relation", "member"}}));
}

TEST_F(WriteTest, WritesAreSeenAtTheirRevisionAndNotBefore) {
  const Token none = db_->ReadSchema()->read_at;
  const Token created = MustWrite({Create("document:one#owner@user:anne")});
  const Token deleted = MustWrite({Delete("document:one#owner@user:anne")});
  EXPECT_THAT(Stored(Consistency::AtExactSnapshot(none)), IsEmpty());
  EXPECT_THAT(Stored(Consistency::AtExactSnapshot(created)),
              ElementsAre("document:one#owner@user:anne"));
  EXPECT_THAT(Stored(Consistency::AtExactSnapshot(deleted)), IsEmpty());
}

}  // namespace
}  // namespace kith
