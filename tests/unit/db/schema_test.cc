#include <string>
#include <vector>

#include "database_fixture.h"

namespace kith {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SchemaTest : public DatabaseTest {
 protected:
  // kTestSchema with `from` replaced by `to`.
  static std::string Changed(std::string_view from, std::string_view to) {
    std::string text(kTestSchema);
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
};

TEST_F(SchemaTest, ReadGivesCanonicalTextAndWritingItBackIsNoChange) {
  const auto read = db_->ReadSchema();
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->text, HasSubstr("definition document {"));
  const uint64_t head = Head();
  const auto again = db_->WriteSchema(read->text);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->written_at, read->read_at);
  ASSERT_TRUE(db_->WriteSchema("\n" + std::string(kTestSchema)).ok());
  EXPECT_EQ(Head(), head);
}

TEST_F(SchemaTest, EmptyTextDeletesEverythingOnceNoDataIsLeft) {
  MustWrite({Create("document:one#owner@user:anne")});
  const absl::Status status = db_->WriteSchema("").status();
  EXPECT_EQ(RefusalOf(status), Invalid(ErrorReason::kSchemaTypeError));
  EXPECT_TRUE(db_->ReadSchema().ok());
  MustWrite({Delete("document:one#owner@user:anne")});
  const uint64_t head = Head();
  ASSERT_TRUE(db_->WriteSchema("").ok());
  EXPECT_EQ(Head(), head + 1);
  EXPECT_EQ(db_->ReadSchema().status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RefusalOf(WriteStatus({Touch("document:one#owner@user:anne")})),
            Failed(ErrorReason::kUnknownDefinition));
  ASSERT_TRUE(db_->WriteSchema("").ok());
  EXPECT_EQ(Head(), head + 1);
}

TEST_F(SchemaTest, TextThatDoesNotParseOrTypeCheckIsRefused) {
  const uint64_t head = Head();
  EXPECT_EQ(RefusalOf(db_->WriteSchema("definition {").status()),
            Invalid(ErrorReason::kSchemaParseError));
  EXPECT_EQ(RefusalOf(db_->WriteSchema(
                             "definition document {\n\trelation owner: user\n}")
                          .status()),
            Failed(ErrorReason::kSchemaTypeError));
  EXPECT_EQ(Head(), head);
}

TEST_F(SchemaTest, TextOverTheLimitIsRefused) {
  options_.max_schema_bytes = 100;
  const auto small = Database::Open(options_);
  ASSERT_TRUE(small.ok()) << small.status();
  const std::string fits = "definition user {}" + std::string(100 - 18, ' ');
  EXPECT_TRUE((*small)->WriteSchema(fits).ok());
  EXPECT_EQ((*small)->WriteSchema(fits + " ").status().code(),
            absl::StatusCode::kInvalidArgument);
}

struct RemovalCase {
  std::string name;
  std::string relationship;  // that stands in the way
  std::string from;
  std::string to;
  // Relationships beside it that do not.
  std::vector<std::string> harmless;
};

std::vector<RemovalCase> RemovalCases() {
  return {
      {"definition", "document:one#owner@user:anne", "", "", {}},
      {"relation",
       "document:one#parent@document:two",
       "\trelation parent: document\n",
       "",
       {"document:one#owner@user:anne"}},
      {"wildcard",
       "document:one#viewer@user:*",
       "| user:* ",
       "",
       {"document:one#viewer@user:anne"}},
      {"subject relation",
       "document:one#viewer@team:eng#member",
       "| team#member |",
       "|",
       {"document:one#viewer@user:anne"}},
      {"plain type",
       "document:one#viewer@user:anne",
       "relation viewer: user | user:*",
       "relation viewer: user:*",
       {"document:one#viewer@user:*",
        "document:one#viewer@user:eve[expiration:2099-01-01T00:00:00Z]"}},
      {"expiring type",
       "document:one#viewer@user:anne[expiration:2099-01-01T00:00:00Z]",
       "| user with expiration",
       "",
       {"document:one#viewer@user:bob"}},
  };
}

TEST_F(SchemaTest, RemovalsAreRefusedWhileARelationshipNeedsThem) {
  for (const RemovalCase& c : RemovalCases()) {
    SCOPED_TRACE(c.name);
    std::string text(kTestSchema);
    if (c.from.empty()) {
      text = "definition user {}";
    } else {
      std::string from = c.from;
      // The fixture indents with blanks.
      if (from[0] == '\t') from = "  " + from.substr(1);
      text = Changed(from, c.to);
    }
    std::vector<Update> updates;
    for (const std::string& harmless : c.harmless) {
      updates.push_back(Touch(Relationship(std::string_view(harmless))));
    }
    const Relationship obstacle{std::string_view(c.relationship)};
    updates.push_back(Touch(obstacle));
    MustWrite(updates);
    const absl::Status refused = db_->WriteSchema(text).status();
    EXPECT_EQ(RefusalOf(refused), Invalid(ErrorReason::kSchemaTypeError));
    EXPECT_THAT(std::string(refused.message()), HasSubstr(obstacle.ToString()));
    MustWrite({Delete(obstacle)});
    const auto allowed = db_->WriteSchema(text);
    EXPECT_TRUE(allowed.ok()) << allowed.status();

    ASSERT_TRUE(db_->WriteSchema(kTestSchema).ok());
    for (Update& update : updates) {
      update.operation = Update::Operation::kDelete;
    }
    MustWrite(updates);
  }
}

TEST_F(SchemaTest, ARelationUsedAsSubjectCannotGo) {
  MustWrite({Create("document:one#viewer@team:eng#member")});
  // Neither team#member nor its use in viewer holds a row on team itself.
  const std::string text = R"(
    definition user {}
    definition team {}
    definition document {
      relation viewer: user
    }
  )";
  EXPECT_EQ(RefusalOf(db_->WriteSchema(text).status()),
            Invalid(ErrorReason::kSchemaTypeError));
}

TEST_F(SchemaTest, CaveatParametersCannotChangeEvenWithoutData) {
  const absl::Status status =
      db_->WriteSchema(
             Changed("day string, today string", "day int, today int"))
          .status();
  EXPECT_EQ(RefusalOf(status), Invalid(ErrorReason::kSchemaTypeError));
}

TEST_F(SchemaTest, ExpiredRelationshipsHoldNothingBack) {
  MustWrite(
      {Create(Expiring("document:one#viewer@user:anne", absl::Seconds(1)))});
  EXPECT_FALSE(db_->WriteSchema("definition user {}").ok());
  clock_.Advance(absl::Seconds(1));
  const auto written = db_->WriteSchema("definition user {}");
  EXPECT_TRUE(written.ok()) << written.status();
}

TEST_F(SchemaTest, ChecksUseTheSchemaOfTheirRevision) {
  const Token before = MustWrite({Create("document:one#owner@user:anne")});
  ASSERT_TRUE(db_->WriteSchema(Changed("permission view = viewer + owner",
                                       "permission view = viewer"))
                  .ok());
  CheckRequest request{.resource = "document:one",
                       .permission = "view",
                       .subject = "user:anne",
                       .context = {},
                       .consistency = {}};
  EXPECT_FALSE(db_->Check(request)->has_permission());
  request.consistency = Consistency::AtExactSnapshot(before);
  EXPECT_TRUE(db_->Check(request)->has_permission());
}

TEST_F(SchemaTest, ManyVersionsStayExact) {
  struct Version {
    Token token;
    std::string permission;
  };
  std::vector<Version> versions;
  MustWrite({Create("document:one#owner@user:anne")});
  for (int i = 0; i < 24; ++i) {
    const std::string name = "view_" + std::to_string(i);
    ASSERT_TRUE(db_->WriteSchema(Changed("permission view =",
                                         "permission " + name + " ="))
                    .ok());
    const Relationship distinct("document:two#owner@user:u" +
                                std::to_string(i));
    versions.push_back({MustWrite({Touch(distinct)}), name});
  }
  CheckRequest request{.resource = "document:one",
                       .permission = "",
                       .subject = "user:anne",
                       .context = {},
                       .consistency = {}};
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < versions.size(); ++i) {
      request.consistency = Consistency::AtExactSnapshot(versions[i].token);
      for (size_t j = 0; j < versions.size(); ++j) {
        request.permission = versions[j].permission;
        EXPECT_EQ(db_->Check(request).ok(), i == j) << i << " " << j;
      }
    }
  }
}

TEST_F(SchemaTest, OneGroupCanWriteASchemaAndDataUnderIt) {
  // All are queued before the committer can have taken all: whatever groups
  // they form, each is judged by the schema written before it.
  std::vector<absl::Status> results(4, absl::UnknownError("no answer"));
  const auto put = [&](size_t i) {
    return [&results, i](const absl::StatusOr<WriteResult>& result) {
      results[i] = result.status();
    };
  };
  WriteRequest folder;
  folder.updates = {Touch("folder:top#owner@user:anne")};
  const std::string wider = std::string(kTestSchema) +
                            "\ndefinition folder {\n\trelation owner: user\n}";
  db_->WriteAsync(folder, put(0));
  db_->WriteSchemaAsync(wider, put(1));
  db_->WriteAsync(folder, put(2));
  db_->WriteSchemaAsync(std::string(kTestSchema), put(3));
  ASSERT_TRUE(db_->Write(WriteRequest{}).ok());  // after all of them
  EXPECT_EQ(RefusalOf(results[0]), Failed(ErrorReason::kUnknownDefinition));
  EXPECT_TRUE(results[1].ok()) << results[1];
  EXPECT_TRUE(results[2].ok()) << results[2];
  EXPECT_EQ(RefusalOf(results[3]), Invalid(ErrorReason::kSchemaTypeError));
  EXPECT_THAT(std::string(results[3].message()),
              HasSubstr("folder:top#owner@user:anne"));
  EXPECT_THAT(Stored({}, "folder"), ElementsAre("folder:top#owner@user:anne"));
}

}  // namespace
}  // namespace kith
