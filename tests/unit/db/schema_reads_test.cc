#include <string>
#include <vector>

#include "kith/database.h"
#include "unit/db/database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kFirst[] =
    "definition user {}\n"
    "definition doc {\n relation one: user\n permission view = one\n}";
constexpr char kSecond[] =
    "definition user {}\n"
    "definition doc {\n relation one: user\n relation two: user\n"
    " permission view = one + two\n}";

class SchemaReadsTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    first_ = Must(db_->WriteSchema(kFirst)).written_at;
    second_ = Must(db_->WriteSchema(kSecond)).written_at;
  }

  template <typename T>
  static T Must(absl::StatusOr<T> result) {
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? *std::move(result) : T();
  }
  static std::vector<std::string> Names(const RelationReferences& references) {
    std::vector<std::string> names;
    for (const auto& r : references.relations) {
      names.push_back(r.definition + "#" + r.name);
    }
    return names;
  }
  Consistency AtFirst() const { return Consistency::AtExactSnapshot(first_); }

  Token first_;
  Token second_;
};

TEST_F(SchemaReadsTest, ReflectSchemaAtEachRevision) {
  const auto newest = Must(db_->ReflectSchema({}));
  EXPECT_EQ(newest.read_at, second_);
  ASSERT_EQ(newest.schema.definitions.size(), 2u);
  EXPECT_EQ(newest.schema.definitions[0].relations.size(), 2u);
  const auto before = Must(db_->ReflectSchema({{}, AtFirst()}));
  EXPECT_EQ(before.read_at, first_);
  EXPECT_EQ(before.schema.definitions[0].relations.size(), 1u);
}

TEST_F(SchemaReadsTest, DiffSchemaAtEachRevision) {
  EXPECT_THAT(Must(db_->DiffSchema({kSecond, {}})).differences, IsEmpty());
  const auto before = Must(db_->DiffSchema({kSecond, AtFirst()}));
  EXPECT_EQ(before.read_at, first_);
  ASSERT_EQ(before.differences.size(), 2u);
  EXPECT_EQ(before.differences[0].ToString(), "+ relation doc#two: user");
}

TEST_F(SchemaReadsTest, DiffSchemaNeedNotFitTheRelationships) {
  Must(db_->Write({Touch("doc:plan#two@user:anne")}));
  EXPECT_EQ(Must(db_->DiffSchema({kFirst, {}})).differences.size(), 2u);
  EXPECT_FALSE(db_->WriteSchema(kFirst).ok());
}

TEST_F(SchemaReadsTest, DiffSchemaRefusesWhatWriteSchemaWould) {
  EXPECT_EQ(RefusalOf(db_->DiffSchema({"definition", {}}).status()),
            Invalid(ErrorReason::kSchemaParseError));
  EXPECT_EQ(
      RefusalOf(db_->DiffSchema({"definition doc { relation one: user }", {}})
                    .status()),
      (Refusal{absl::StatusCode::kFailedPrecondition,
               ErrorReason::kSchemaTypeError}));
}

TEST_F(SchemaReadsTest, ReferencesAtEachRevision) {
  EXPECT_THAT(Names(Must(db_->ComputablePermissions({"user", "", "", {}}))),
              ElementsAre("doc#one", "doc#two", "doc#view"));
  EXPECT_THAT(
      Names(Must(db_->ComputablePermissions({"user", "", "", AtFirst()}))),
      ElementsAre("doc#one", "doc#view"));
  const auto newest = Must(db_->DependentRelations({"doc", "view", {}}));
  EXPECT_THAT(Names(newest), ElementsAre("doc#one", "doc#two"));
  EXPECT_EQ(newest.read_at, second_);
  const auto before = Must(db_->DependentRelations({"doc", "view", AtFirst()}));
  EXPECT_THAT(Names(before), ElementsAre("doc#one"));
  EXPECT_EQ(before.read_at, first_);
}

TEST_F(SchemaReadsTest, TokensThatAreNoneAreRefused) {
  const auto forged = Consistency::AtExactSnapshot("forged");
  EXPECT_EQ(RefusalOf(db_->ReflectSchema({{}, forged}).status()), Invalid());
  EXPECT_EQ(RefusalOf(db_->DiffSchema({"", forged}).status()), Invalid());
  EXPECT_EQ(
      RefusalOf(db_->ComputablePermissions({"user", "", "", forged}).status()),
      Invalid());
  EXPECT_EQ(
      RefusalOf(db_->DependentRelations({"doc", "view", forged}).status()),
      Invalid());
}

TEST(SchemaReadsOfNoSchemaTest, HasNoParts) {
  Options options;
  options.in_memory = true;
  const auto db = Database::Open(options);
  ASSERT_TRUE(db.ok()) << db.status();
  const auto reflected = (*db)->ReflectSchema({});
  ASSERT_TRUE(reflected.ok()) << reflected.status();
  EXPECT_THAT(reflected->schema.definitions, IsEmpty());
  EXPECT_EQ(RefusalOf((*db)->DependentRelations({"doc", "view", {}}).status()),
            (Refusal{absl::StatusCode::kFailedPrecondition,
                     ErrorReason::kUnknownDefinition}));
}

}  // namespace
}  // namespace kith
