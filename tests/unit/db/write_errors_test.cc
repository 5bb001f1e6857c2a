#include <string>
#include <vector>

#include "database_fixture.h"

// Every way in which a write or delete is refused: code, reason and metadata,
// and that nothing changed.

namespace kith {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using Pairs = std::map<std::string, std::string>;

struct UpdateCase {
  std::string name;
  std::vector<Update> updates;
  Refusal refusal;
  Pairs metadata;
  std::string message;  // a part of it
};

class WriteErrorsTest : public DatabaseTest {
 protected:
  void SetUp() override {
    options_.max_updates_per_write = 3;
    options_.max_preconditions = 2;
    options_.max_metadata_bytes = 32;
    options_.max_relationship_context_bytes = 40;
    options_.max_delete_limit = 10;
    Open();
    MustWrite({Create("document:one#owner@user:anne"),
               Create("document:two#owner@user:anne"),
               Create("document:one#viewer@team:eng#member")});
  }

  void ExpectRefused(const UpdateCase& c) {
    SCOPED_TRACE(c.name);
    const uint64_t head = Head();
    const absl::Status status = WriteStatus(c.updates);
    EXPECT_EQ(RefusalOf(status), c.refusal) << status;
    EXPECT_THAT(MetadataOf(status), IsSupersetOf(c.metadata));
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
    ExpectUnchanged(head);
  }

  void ExpectUnchanged(uint64_t head) {
    EXPECT_EQ(Head(), head);
    EXPECT_EQ(Stored().size(), 3u);
  }
};

// The context {"day":"..."} has ten bytes more than the day.
Relationship WithDay(size_t bytes) {
  Relationship relationship("document:one#viewer@user:bob[on_day]");
  relationship.caveat->context["day"] = Value{std::string(bytes, 'x')};
  return relationship;
}

// Names that the schema lacks or that are no relation.
std::vector<UpdateCase> NameCases() {
  return {
      {"unknown resource type",
       {Touch("folder:one#owner@user:anne")},
       Failed(ErrorReason::kUnknownDefinition),
       {{"definition_name", "folder"}},
       "\"folder\""},
      {"unknown relation",
       {Touch("document:one#editor@user:anne")},
       Failed(ErrorReason::kUnknownRelationOrPermission),
       {{"definition_name", "document"},
        {"relation_or_permission_name", "editor"}},
       "\"editor\""},
      {"unknown subject type",
       {Touch("document:one#owner@robot:anne")},
       Failed(ErrorReason::kUnknownDefinition),
       {{"definition_name", "robot"}},
       "\"robot\""},
      {"unknown subject relation",
       {Touch("document:one#viewer@team:eng#boss")},
       Failed(ErrorReason::kUnknownRelationOrPermission),
       {{"definition_name", "team"}, {"relation_or_permission_name", "boss"}},
       "\"boss\""},
      {"delete of an unknown relation",
       {Delete("document:one#editor@user:anne")},
       Failed(ErrorReason::kUnknownRelationOrPermission),
       {},
       ""},
      {"write to a permission",
       {Touch("document:one#view@user:anne")},
       Invalid(ErrorReason::kCannotUpdatePermission),
       {{"definition_name", "document"}, {"permission_name", "view"}},
       "\"view\""},
      {"delete from a permission",
       {Delete("document:one#view@user:anne")},
       Invalid(ErrorReason::kCannotUpdatePermission),
       {},
       ""},
  };
}

// Subjects that the relation does not allow.
std::vector<UpdateCase> SubjectCases() {
  return {
      {"type not allowed",
       {Touch("document:one#owner@team:eng")},
       Invalid(ErrorReason::kInvalidSubjectType),
       {{"definition_name", "document"},
        {"relation_name", "owner"},
        {"subject_type", "team"}},
       "\"team\""},
      {"subject relation missing",
       {Touch("document:one#viewer@team:eng")},
       Invalid(ErrorReason::kInvalidSubjectType),
       {},
       "did you mean \"team#member\"?"},
      {"wildcard not allowed",
       {Touch("document:one#owner@user:*")},
       Invalid(ErrorReason::kInvalidSubjectType),
       {{"subject_type", "user:*"}},
       "did you mean \"user\"?"},
      {"caveat not allowed",
       {Touch("document:one#owner@user:bob[on_day]")},
       Invalid(ErrorReason::kInvalidSubjectType),
       {{"subject_type", "user with on_day"}},
       ""},
      {"unknown caveat",
       {Touch("document:one#viewer@user:bob[at_night]")},
       Invalid(ErrorReason::kInvalidSubjectType),
       {},
       "did you mean"},
      {"expiry not allowed",
       {Touch("document:one#owner@user:bob[expiration:2099-01-01T00:00:00Z]")},
       Invalid(ErrorReason::kInvalidSubjectType),
       {},
       ""},
  };
}

// What is malformed or over a limit.
std::vector<UpdateCase> ShapeCases() {
  return {
      {"too many updates",
       {Touch("document:aa1#owner@user:bob"),
        Touch("document:aa2#owner@user:bob"),
        Touch("document:aa3#owner@user:bob"),
        Touch("document:aa4#owner@user:bob")},
       Invalid(ErrorReason::kTooManyUpdatesInRequest),
       {{"update_count", "4"}, {"maximum_updates_allowed", "3"}},
       "4 updates"},
      {"same relationship twice, other caveat",
       {Touch("document:one#viewer@user:bob"),
        Delete("document:one#viewer@user:bob[on_day]")},
       Invalid(ErrorReason::kUpdatesOnSameRelationship),
       {{"definition_name", "document"}},
       "document:one#viewer@user:bob"},
      {"context too large",
       {Touch(WithDay(40))},
       Invalid(ErrorReason::kMaxRelationshipContextSize),
       {{"max_allowed_size", "40"}, {"context_size", "50"}},
       "at most 40"},
      {"malformed resource id",
       {Touch(Relationship(ObjectRef("document", "a\nb"), "owner",
                           SubjectRef("user:anne")))},
       Invalid(),
       {},
       "updates[0].relationship.resource.object_id"},
      {"wildcard resource",
       {Touch(Relationship(ObjectRef("document", "*"), "owner",
                           SubjectRef("user:anne")))},
       Invalid(),
       {},
       "updates[0]"},
      {"text that is no relationship",
       {Touch("document:one#owner@user:bob"), Touch("gibberish")},
       Invalid(),
       {},
       "updates[1]"},
      {"operation out of range",
       {Update{static_cast<Update::Operation>(9),
               "document:one#owner@user:bob"}},
       Invalid(),
       {},
       "updates[0].operation"},
  };
}

TEST_F(WriteErrorsTest, UpdatesAgainstTheSchemaAreRefused) {
  for (const UpdateCase& c : NameCases()) ExpectRefused(c);
  for (const UpdateCase& c : SubjectCases()) ExpectRefused(c);
}

TEST_F(WriteErrorsTest, MalformedUpdatesAreRefused) {
  for (const UpdateCase& c : ShapeCases()) ExpectRefused(c);
}

TEST_F(WriteErrorsTest, ARefusedUpdateTakesTheGoodOnesWithIt) {
  const uint64_t head = Head();
  EXPECT_FALSE(WriteStatus({Touch("document:new#owner@user:bob"),
                            Delete("document:one#owner@user:anne"),
                            Touch("document:one#owner@team:eng")})
                   .ok());
  ExpectUnchanged(head);
}

TEST_F(WriteErrorsTest, LimitsAreInclusive) {
  EXPECT_TRUE(WriteStatus({Touch("document:aa1#owner@user:bob"),
                           Touch("document:aa2#owner@user:bob"),
                           Touch("document:aa3#owner@user:bob")})
                  .ok());
  // The size is not what stops this one.
  EXPECT_EQ(RefusalOf(WriteStatus({Touch(WithDay(30))})),
            Invalid(ErrorReason::kInvalidSubjectType));
  WriteRequest request;
  request.metadata["key"] = Value{std::string(22, 'x')};
  EXPECT_TRUE(db_->Write(request).ok());
}

TEST_F(WriteErrorsTest, MetadataOverItsLimitIsRefused) {
  WriteRequest request;
  request.metadata["key"] = Value{std::string(23, 'x')};
  const absl::Status status = db_->Write(request).status();
  EXPECT_EQ(RefusalOf(status),
            Invalid(ErrorReason::kTransactionMetadataTooLarge));
  EXPECT_EQ(MetadataOf(status),
            (Pairs{{"metadata_byte_size", "33"},
                   {"maximum_allowed_metadata_byte_size", "32"}}));
}

TEST_F(WriteErrorsTest, MetadataThatJsonCannotSayIsRefused) {
  WriteRequest request;
  request.metadata["nan"] = Value{std::nan("")};
  EXPECT_EQ(RefusalOf(db_->Write(request).status()), Invalid());
  Value deep;
  for (int i = 0; i < 200; ++i) deep = Value{ValueList{std::move(deep)}};
  request.metadata = {{"deep", deep}};
  EXPECT_EQ(RefusalOf(db_->Write(request).status()), Invalid());
}

struct PreconditionCase {
  std::string name;
  std::vector<Precondition> preconditions;
  Refusal refusal;
  Pairs metadata;
};

std::vector<PreconditionCase> PreconditionCases() {
  using Operation = Precondition::Operation;
  RelationshipFilter documents;
  documents.resource_type = "document";
  RelationshipFilter unknown_type;
  unknown_type.resource_type = "folder";
  RelationshipFilter unknown_relation = documents;
  unknown_relation.relation = "editor";
  RelationshipFilter unknown_subject = documents;
  unknown_subject.subject = SubjectFilter{"robot", "", std::nullopt};
  RelationshipFilter unknown_subject_relation = documents;
  unknown_subject_relation.subject = SubjectFilter{"team", "", "boss"};
  RelationshipFilter both = documents;
  both.resource_id = "one";
  both.resource_id_prefix = "o";
  const Precondition good{Operation::kMustMatch, documents};
  return {
      {"too many",
       {good, good, good},
       Invalid(ErrorReason::kTooManyPreconditionsInRequest),
       {{"precondition_count", "3"}, {"maximum_updates_allowed", "2"}}},
      {"empty filter",
       {{Operation::kMustMatch, {}}},
       Invalid(ErrorReason::kEmptyPrecondition),
       {}},
      {"id and prefix",
       {{Operation::kMustMatch, both}},
       Invalid(ErrorReason::kInvalidFilter),
       {}},
      {"operation out of range",
       {{static_cast<Operation>(0), documents}},
       Invalid(),
       {}},
      {"unknown type",
       {{Operation::kMustNotMatch, unknown_type}},
       Failed(ErrorReason::kUnknownDefinition),
       {{"definition_name", "folder"}}},
      {"unknown relation",
       {{Operation::kMustNotMatch, unknown_relation}},
       Failed(ErrorReason::kUnknownRelationOrPermission),
       {{"relation_or_permission_name", "editor"}}},
      {"unknown subject type",
       {{Operation::kMustNotMatch, unknown_subject}},
       Failed(ErrorReason::kUnknownDefinition),
       {{"definition_name", "robot"}}},
      {"unknown subject relation",
       {{Operation::kMustNotMatch, unknown_subject_relation}},
       Failed(ErrorReason::kUnknownRelationOrPermission),
       {{"relation_or_permission_name", "boss"}}},
  };
}

TEST_F(WriteErrorsTest, PreconditionsAreRefusedInWriteAndDelete) {
  for (const PreconditionCase& c : PreconditionCases()) {
    SCOPED_TRACE(c.name);
    const uint64_t head = Head();
    WriteRequest write;
    write.updates = {Touch("document:new#owner@user:bob")};
    write.preconditions = c.preconditions;
    DeleteRequest del;
    del.filter.resource_type = "document";
    del.preconditions = c.preconditions;
    for (const absl::Status& status :
         {db_->Write(write).status(), db_->DeleteByFilter(del).status()}) {
      EXPECT_EQ(RefusalOf(status), c.refusal) << status;
      EXPECT_THAT(MetadataOf(status), IsSupersetOf(c.metadata));
    }
    ExpectUnchanged(head);
  }
}

TEST_F(WriteErrorsTest, BeforeTheFirstSchemaEveryTypeIsUnknown) {
  options_.in_memory = true;
  const auto empty = Database::Open(options_);
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(
      RefusalOf(
          (*empty)->Write({Touch("document:one#owner@user:anne")}).status()),
      Failed(ErrorReason::kUnknownDefinition));
  EXPECT_EQ((*empty)->ReadSchema().status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace kith
