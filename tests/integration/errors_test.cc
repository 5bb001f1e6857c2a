// Every error of the calls: its code, its reason and its metadata keys, as
// proto/README.md promises.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "integration/client.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

constexpr char kSchema[] = R"(
definition user {}

definition team {
	relation member: user | team#member
}

definition document {
	relation viewer: user | team#member
	permission view = viewer
}
)";

struct Expected {
  grpc::StatusCode code;
  std::string reason;  // without ERROR_REASON_; empty: no ErrorInfo
  std::set<std::string> keys;
};

struct Case {
  std::string name;
  std::function<grpc::Status(Client&)> call;
  Expected expected;
};

using grpc::StatusCode;
constexpr auto kInvalid = StatusCode::INVALID_ARGUMENT;
constexpr auto kFailed = StatusCode::FAILED_PRECONDITION;

std::function<grpc::Status(Client&)> Writing(
    std::vector<wire::RelationshipUpdate> updates) {
  return [updates](Client& client) { return client.Write(updates); };
}

std::function<grpc::Status(Client&)> Checking(
    const std::string& resource, const std::string& permission,
    const std::string& subject,
    const std::function<void(wire::CheckPermissionRequest*)>& change = {}) {
  return [=](Client& client) {
    auto request = CheckOf(resource, permission, subject);
    if (change) change(&request);
    return client.Check(request);
  };
}

std::function<grpc::Status(Client&)> Guarded(const wire::Precondition& guard,
                                             int count = 1) {
  return [=](Client& client) {
    wire::WriteRelationshipsRequest request;
    *request.add_updates() = Touch("document:guarded#viewer@user:anne");
    for (int i = 0; i < count; ++i) {
      *request.add_optional_preconditions() = guard;
    }
    return client.Write(request);
  };
}

std::function<grpc::Status(Client&)> Reading(
    const std::function<void(wire::ReadRelationshipsRequest*)>& change) {
  return [=](Client& client) {
    wire::ReadRelationshipsRequest request;
    *request.mutable_relationship_filter() = Filter("document");
    change(&request);
    return client.Read(request);
  };
}

std::function<grpc::Status(Client&)> Deleting(
    const std::function<void(wire::DeleteRelationshipsRequest*)>& change) {
  return [=](Client& client) {
    wire::DeleteRelationshipsRequest request;
    change(&request);
    return client.Delete(request);
  };
}

std::function<grpc::Status(Client&)> Schema(const std::string& text) {
  return [=](Client& client) { return client.WriteSchema(text); };
}

wire::Precondition MustMatch(const wire::RelationshipFilter& filter) {
  wire::Precondition guard;
  guard.set_operation(wire::Precondition::OPERATION_MUST_MATCH);
  *guard.mutable_filter() = filter;
  return guard;
}

std::vector<wire::RelationshipUpdate> Touches(int count) {
  std::vector<wire::RelationshipUpdate> updates;
  for (int i = 0; i < count; ++i) {
    updates.push_back(Touch(fmt::format("document:m{}#viewer@user:anne", i)));
  }
  return updates;
}

std::vector<Case> SchemaCases() {
  return {
      {"schema does not parse",
       Schema("definition {"),
       {kInvalid,
        "SCHEMA_PARSE_ERROR",
        {"source_code", "start_line_number", "start_column_position",
         "end_line_number", "end_column_position"}}},
      {"schema names an unknown type",
       Schema("definition document { relation viewer: nobody }"),
       {kFailed, "SCHEMA_TYPE_ERROR", {"definition_name", "relation_name"}}},
      {"schema would orphan relationships",
       Schema("definition user {} definition team { relation member: user | "
              "team#member }"),
       {kInvalid, "SCHEMA_TYPE_ERROR", {"resource_type", "operation"}}},
  };
}

std::vector<Case> NameCases() {
  const std::set<std::string> definition = {"definition_name"};
  const std::set<std::string> relation = {"definition_name",
                                          "relation_or_permission_name"};
  return {
      {"write of an unknown definition",
       Writing({Touch("nothing:a#viewer@user:anne")}),
       {kFailed, "UNKNOWN_DEFINITION", definition}},
      {"check of an unknown definition",
       Checking("nothing:a", "view", "user:anne"),
       {kFailed, "UNKNOWN_DEFINITION", definition}},
      {"check of an unknown subject type",
       Checking("document:a", "view", "nothing:anne"),
       {kFailed, "UNKNOWN_DEFINITION", definition}},
      {"write of an unknown relation",
       Writing({Touch("document:a#owner@user:anne")}),
       {kFailed, "UNKNOWN_RELATION_OR_PERMISSION", relation}},
      {"check of an unknown permission",
       Checking("document:a", "edit", "user:anne"),
       {kFailed, "UNKNOWN_RELATION_OR_PERMISSION", relation}},
      {"check of an empty permission",
       Checking("document:a", "", "user:anne"),
       {kFailed, "UNKNOWN_RELATION_OR_PERMISSION", relation}},
      {"expand of an unknown permission",
       [](Client& client) {
         wire::ExpandPermissionTreeRequest request;
         *request.mutable_resource() = Object("document:a");
         request.set_permission("edit");
         return client.Expand(request);
       },
       {kFailed, "UNKNOWN_RELATION_OR_PERMISSION", relation}},
      {"read of an unknown definition",
       Reading([](auto* r) {
         *r->mutable_relationship_filter() = Filter("nothing");
       }),
       {kFailed, "UNKNOWN_DEFINITION", definition}},
      {"a wildcard as the subject of a check",
       Checking("document:a", "view", "user:*"),
       {kInvalid, "WILDCARD_NOT_ALLOWED", {"field"}}},
      {"a malformed name",
       Writing({Touch("Document:a#viewer@user:anne")}),
       {kInvalid, "", {}}},
      {"a wildcard as a resource",
       Checking("document:*", "view", "user:anne"),
       {kInvalid, "", {}}},
  };
}

std::vector<Case> WriteCases() {
  return {
      {"a subject type that is not allowed",
       Writing({Touch("document:a#viewer@document:b")}),
       {kInvalid,
        "INVALID_SUBJECT_TYPE",
        {"definition_name", "relation_name", "subject_type"}}},
      {"a write to a permission",
       Writing({Touch("document:a#view@user:anne")}),
       {kInvalid,
        "CANNOT_UPDATE_PERMISSION",
        {"definition_name", "permission_name"}}},
      {"a relationship twice",
       Writing({Touch("document:a#viewer@user:anne"),
                Delete("document:a#viewer@user:anne")}),
       {kInvalid,
        "UPDATES_ON_SAME_RELATIONSHIP",
        {"definition_name", "relationship"}}},
      {"create of what is there",
       Writing({Create("document:a#viewer@user:there")}),
       {StatusCode::ALREADY_EXISTS,
        "ATTEMPT_TO_RECREATE_RELATIONSHIP",
        {"relationship", "resource_type", "resource_object_id",
         "resource_relation", "subject_type", "subject_object_id",
         "subject_relation"}}},
      {"too many updates",
       Writing(Touches(1001)),
       {kInvalid,
        "TOO_MANY_UPDATES_IN_REQUEST",
        {"update_count", "maximum_updates_allowed"}}},
      {"too many preconditions",
       Guarded(MustMatch(Filter("document")), 1001),
       {kInvalid,
        "TOO_MANY_PRECONDITIONS_IN_REQUEST",
        {"precondition_count", "maximum_updates_allowed"}}},
      {"a precondition that does not hold",
       Guarded(MustMatch(Filter("document", "absent"))),
       {kFailed,
        "WRITE_OR_DELETE_PRECONDITION_FAILURE",
        {"precondition_operation", "precondition_resource_type",
         "precondition_resource_id"}}},
      {"a precondition without a filter",
       Guarded([] {
         auto guard = MustMatch({});
         guard.clear_filter();
         return guard;
       }()),
       {kInvalid, "EMPTY_PRECONDITION", {}}},
      {"an update without an operation",
       Writing({wire::RelationshipUpdate()}),
       {kInvalid, "", {}}},
      {"metadata over the limit",
       [](Client& client) {
         wire::WriteRelationshipsRequest request;
         (*request.mutable_optional_transaction_metadata()
               ->mutable_fields())["note"]
             .set_string_value(std::string(65'000, 'x'));
         return client.Write(request);
       },
       {kInvalid,
        "TRANSACTION_METADATA_TOO_LARGE",
        {"metadata_byte_size", "maximum_allowed_metadata_byte_size"}}},
  };
}

std::vector<Case> FilterCases() {
  return {
      {"a read without a filter",
       Reading([](auto* r) { r->clear_relationship_filter(); }),
       {kInvalid, "", {}}},
      {"a read with an empty filter",
       Reading([](auto* r) { r->mutable_relationship_filter()->Clear(); }),
       {kInvalid, "INVALID_FILTER", {"filter"}}},
      {"an id and a prefix",
       Reading([](auto* r) {
         auto* filter = r->mutable_relationship_filter();
         filter->set_optional_resource_id("a");
         filter->set_optional_resource_id_prefix("a");
       }),
       {kInvalid, "INVALID_FILTER", {"filter"}}},
      {"a delete with an empty filter",
       Deleting([](auto* r) { r->mutable_relationship_filter(); }),
       {kInvalid, "INVALID_FILTER", {"filter"}}},
      {"a read limit over the maximum",
       Reading([](auto* r) { r->set_optional_limit(1001); }),
       {kInvalid,
        "EXCEEDS_MAXIMUM_ALLOWABLE_LIMIT",
        {"limit_provided", "maximum_limit_allowed"}}},
      {"a delete limit over the maximum",
       Deleting([](auto* r) {
         *r->mutable_relationship_filter() = Filter("document");
         r->set_optional_limit(1001);
       }),
       {kInvalid,
        "EXCEEDS_MAXIMUM_ALLOWABLE_LIMIT",
        {"limit_provided", "maximum_limit_allowed"}}},
      {"more to delete than the limit",
       Deleting([](auto* r) {
         *r->mutable_relationship_filter() = Filter("team");
         r->set_optional_limit(1);
       }),
       {kInvalid,
        "TOO_MANY_RELATIONSHIPS_FOR_TRANSACTIONAL_DELETE",
        {"limit", "filter_resource_type"}}},
      {"a cursor that is none",
       Reading([](auto* r) {
         r->mutable_optional_cursor()->set_token("nonsense");
       }),
       {kInvalid, "INVALID_CURSOR", {"details"}}},
      {"a cursor of another query",
       [](Client& client) {
         wire::ReadRelationshipsRequest request;
         *request.mutable_relationship_filter() = Filter("team");
         std::vector<wire::ReadRelationshipsResponse> found;
         grpc::Status status = client.Read(request, &found);
         if (found.empty()) return status;
         *request.mutable_relationship_filter() = Filter("document");
         *request.mutable_optional_cursor() = found[0].after_result_cursor();
         return client.Read(request);
       },
       {kInvalid, "INVALID_CURSOR", {"details"}}},
  };
}

std::vector<Case> CheckCases() {
  const auto consistency =
      [](const std::function<void(wire::Consistency*)>& change) {
        return Checking("document:a", "view", "user:anne",
                        [=](auto* r) { change(r->mutable_consistency()); });
      };
  return {
      {"a chain beyond the depth",
       Checking("document:deep", "view", "user:anne"),
       {kFailed, "MAXIMUM_DEPTH_EXCEEDED", {}}},
      {"request context over the limit",
       Checking(
           "document:a", "view", "user:anne",
           [](auto* r) {
             (*r->mutable_context()->mutable_fields())["note"].set_string_value(
                 std::string(5000, 'x'));
           }),
       {kInvalid, "", {}}},
      {"a check without a resource",
       Checking("document:a", "view", "user:anne",
                [](auto* r) { r->clear_resource(); }),
       {kInvalid, "", {}}},
      {"a check without a subject",
       Checking("document:a", "view", "user:anne",
                [](auto* r) { r->clear_subject(); }),
       {kInvalid, "", {}}},
      {"a consistency that is false",
       consistency([](auto* c) { c->set_fully_consistent(false); }),
       {kInvalid, "", {}}},
      {"an empty token",
       consistency([](auto* c) { c->mutable_at_exact_snapshot(); }),
       {kInvalid, "", {}}},
      {"a token that is none",
       consistency(
           [](auto* c) { c->mutable_at_least_as_fresh()->set_token("bad"); }),
       {kInvalid, "", {}}},
      {"too many bulk checks",
       [](Client& client) {
         wire::CheckBulkPermissionsRequest request;
         const auto check = CheckOf("document:a", "view", "user:anne");
         for (int i = 0; i < 10'001; ++i) {
           auto* item = request.add_items();
           *item->mutable_resource() = check.resource();
           item->set_permission("view");
           *item->mutable_subject() = check.subject();
         }
         return client.CheckBulk(request);
       },
       {kInvalid,
        "TOO_MANY_CHECKS_IN_REQUEST",
        {"check_count", "maximum_checks_allowed"}}},
  };
}

void Expect(const Case& test_case, Client& client) {
  SCOPED_TRACE(test_case.name);
  const grpc::Status status = test_case.call(client);
  EXPECT_EQ(status.error_code(), test_case.expected.code)
      << status.error_message();
  EXPECT_NE(status.error_message(), "");
  const google::rpc::ErrorInfo info = InfoOf(status);
  if (test_case.expected.reason.empty()) {
    EXPECT_EQ(info.reason(), "");
    return;
  }
  EXPECT_EQ(info.reason(), "ERROR_REASON_" + test_case.expected.reason)
      << status.error_message();
  EXPECT_EQ(info.domain(), "authzed.com");
  for (const std::string& key : test_case.expected.keys) {
    EXPECT_TRUE(info.metadata().contains(key))
        << "no " << key << " in " << info.DebugString();
  }
}

class ErrorsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = new ServerProcess;
    server_->Start();
    Client client(server_->address());
    ASSERT_TRUE(client.WriteSchema(kSchema).ok());
    std::vector<wire::RelationshipUpdate> updates = {
        Touch("document:a#viewer@user:there"),
        Touch("document:deep#viewer@team:t0#member")};
    for (int i = 0; i < 60; ++i) {
      updates.push_back(
          Touch(fmt::format("team:t{}#member@team:t{}#member", i, i + 1)));
    }
    updates.push_back(Touch("team:t60#member@user:anne"));
    const grpc::Status status = client.Write(updates);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  // Runs the cases; none of them may change what is stored.
  void ExpectAll(const std::vector<Case>& cases) {
    Client client(server_->address());
    std::string schema;
    ASSERT_TRUE(client.ReadSchema(&schema).ok());
    const auto documents = client.Stored("document");
    const auto teams = client.Stored("team");
    for (const Case& test_case : cases) Expect(test_case, client);
    std::string schema_after;
    ASSERT_TRUE(client.ReadSchema(&schema_after).ok());
    EXPECT_EQ(schema_after, schema);
    EXPECT_EQ(client.Stored("document"), documents);
    EXPECT_EQ(client.Stored("team"), teams);
  }

  static ServerProcess* server_;
};

ServerProcess* ErrorsTest::server_ = nullptr;

TEST_F(ErrorsTest, OfSchemas) { ExpectAll(SchemaCases()); }
TEST_F(ErrorsTest, OfNames) { ExpectAll(NameCases()); }
TEST_F(ErrorsTest, OfWrites) { ExpectAll(WriteCases()); }
TEST_F(ErrorsTest, OfFiltersAndCursors) { ExpectAll(FilterCases()); }
TEST_F(ErrorsTest, OfChecks) { ExpectAll(CheckCases()); }

TEST(ErrorsWithoutSchemaTest, NothingIsDefined) {
  ServerProcess server;
  server.Start();
  Client client(server.address());
  EXPECT_EQ(client.ReadSchema().error_code(), StatusCode::NOT_FOUND);
  Expect({"check",
          Checking("document:a", "view", "user:anne"),
          {kFailed, "UNKNOWN_DEFINITION", {"definition_name"}}},
         client);
}

TEST(ErrorsOfTokensTest, OfAnotherDatabase) {
  ServerProcess one;
  ServerProcess other;
  one.Start();
  other.Start();
  Client writer(one.address());
  Client client(other.address());
  ASSERT_TRUE(writer.WriteSchema(kSchema).ok());
  ASSERT_TRUE(client.WriteSchema(kSchema).ok());
  std::string token;
  ASSERT_TRUE(
      writer.Write({Touch("document:a#viewer@user:anne")}, &token).ok());
  Expect(
      {"a token of another database",
       Checking(
           "document:a", "view", "user:anne",
           [&](auto* r) {
             r->mutable_consistency()->mutable_at_exact_snapshot()->set_token(
                 token);
           }),
       {kInvalid, "", {}}},
      client);
}

}  // namespace
}  // namespace kith::integration
