// The schema in parts, through a real server, by both names of each method.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "authzed/api/v1/experimental_service.grpc.pb.h"
#include "authzed/api/v1/schema_service.grpc.pb.h"
#include "integration/client.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

using ::testing::ElementsAre;

constexpr char kOlder[] = R"(use expiration

// Nine to five.
caveat office(hour int) { hour < 17 }

definition user {}

definition team {
	relation member: user | team#member
}

// What is read.
definition document {
	relation parent: document
	// Who reads it.
	relation viewer: user | user:* | team#member | user with office
	permission view = viewer + parent->view
	permission edit = nil
}
)";

// Each of the 19 kinds of difference to kOlder once or more.
constexpr char kNewer[] = R"(use expiration

// Nine to six.
caveat office(hour any, late bool) { late || hour < 18 }

caveat fresh(yes bool) { yes }

definition user {}

definition folder {}

// What is read and kept.
definition document {
	relation viewer: user | user:* with fresh | team#member
	relation owner: user
	// Who may.
	permission view = viewer
	permission keep = owner
}

definition team {
	// Everyone.
	relation member: user | team#member
}
)";

class SchemaReadsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<ServerProcess>();
    server_->Start();
    client_ = std::make_unique<Client>(server_->address());
    const grpc::Status status = client_->WriteSchema(kOlder);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  static void TearDownTestSuite() {
    client_.reset();
    server_.reset();
  }

  std::unique_ptr<grpc::ClientContext> Context() {
    return NewContext(ServerProcess::kKey);
  }

  // Expects the older name to give the same bytes for the same bytes; the
  // fields of both have the same numbers.
  template <typename OldRequest, typename OldResponse, typename Request,
            typename Response, typename Method>
  void ExpectTwin(const Request& request, const Response& response,
                  const Method& method) {
    OldRequest old_request;
    ASSERT_TRUE(old_request.ParseFromString(request.SerializeAsString()));
    OldResponse old_response;
    const auto context = Context();
    const grpc::Status status = (experimental_.get()->*method)(
        context.get(), old_request, &old_response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(old_response.SerializeAsString(), response.SerializeAsString());
    EXPECT_EQ(old_response.GetReflection()
                  ->GetUnknownFields(old_response)
                  .field_count(),
              0);
  }

  template <typename Request, typename Response, typename Method>
  void Call(const Request& request, Response* response, const Method& method) {
    const auto context = Context();
    const grpc::Status status =
        (schema_.get()->*method)(context.get(), request, response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_NE(response->read_at().token(), "");
  }

  using Schema = wire::SchemaService::Stub;
  using Experimental = wire::ExperimentalService::Stub;

  static std::unique_ptr<ServerProcess> server_;
  static std::unique_ptr<Client> client_;
  std::unique_ptr<Schema> schema_ =
      wire::SchemaService::NewStub(client_->channel());
  std::unique_ptr<Experimental> experimental_ =
      wire::ExperimentalService::NewStub(client_->channel());
};
std::unique_ptr<ServerProcess> SchemaReadsTest::server_;
std::unique_ptr<Client> SchemaReadsTest::client_;

TEST_F(SchemaReadsTest, ReflectSchema) {
  wire::ReflectSchemaRequest request;
  wire::ReflectSchemaResponse response;
  Call(request, &response, &Schema::ReflectSchema);
  ASSERT_EQ(response.definitions_size(), 3);
  const auto& document = response.definitions(0);
  EXPECT_EQ(document.name(), "document");
  EXPECT_EQ(document.comment(), "// What is read.");
  ASSERT_EQ(document.relations_size(), 2);
  const auto& viewer = document.relations(1);
  EXPECT_EQ(viewer.comment(), "// Who reads it.");
  EXPECT_EQ(viewer.parent_definition_name(), "document");
  ASSERT_EQ(viewer.subject_types_size(), 4);
  EXPECT_TRUE(viewer.subject_types(0).is_terminal_subject());
  EXPECT_TRUE(viewer.subject_types(1).is_public_wildcard());
  EXPECT_EQ(viewer.subject_types(2).optional_relation_name(), "member");
  EXPECT_EQ(viewer.subject_types(3).optional_caveat_name(), "office");
  EXPECT_EQ(document.permissions(0).name(), "view");
  ASSERT_EQ(response.caveats_size(), 1);
  EXPECT_EQ(response.caveats(0).expression(), "hour < 17");
  EXPECT_EQ(response.caveats(0).parameters(0).parent_caveat_name(), "office");
  ExpectTwin<wire::ExperimentalReflectSchemaRequest,
             wire::ExperimentalReflectSchemaResponse>(
      request, response, &Experimental::ExperimentalReflectSchema);
}

TEST_F(SchemaReadsTest, ReflectSchemaSelects) {
  wire::ReflectSchemaRequest request;
  request.add_optional_filters()->set_optional_caveat_name_filter("off");
  auto* filter = request.add_optional_filters();
  filter->set_optional_definition_name_filter("doc");
  filter->set_optional_permission_name_filter("e");
  wire::ReflectSchemaResponse response;
  Call(request, &response, &Schema::ReflectSchema);
  ASSERT_EQ(response.definitions_size(), 1);
  EXPECT_EQ(response.definitions(0).relations_size(), 0);
  ASSERT_EQ(response.definitions(0).permissions_size(), 1);
  EXPECT_EQ(response.definitions(0).permissions(0).name(), "edit");
  EXPECT_EQ(response.caveats_size(), 1);
  ExpectTwin<wire::ExperimentalReflectSchemaRequest,
             wire::ExperimentalReflectSchemaResponse>(
      request, response, &Experimental::ExperimentalReflectSchema);
}

TEST_F(SchemaReadsTest, DiffSchemaHasEveryKind) {
  std::vector<bool> seen(20);
  for (const auto& [before, after] :
       {std::pair(kOlder, kNewer), std::pair(kNewer, kOlder)}) {
    ASSERT_TRUE(client_->WriteSchema("").ok());
    ASSERT_TRUE(client_->WriteSchema(before).ok());
    wire::DiffSchemaRequest request;
    request.set_comparison_schema(after);
    wire::DiffSchemaResponse response;
    Call(request, &response, &Schema::DiffSchema);
    for (const auto& diff : response.diffs()) seen[diff.diff_case()] = true;
    ExpectTwin<wire::ExperimentalDiffSchemaRequest,
               wire::ExperimentalDiffSchemaResponse>(
        request, response, &Experimental::ExperimentalDiffSchema);
  }
  ASSERT_TRUE(client_->WriteSchema("").ok());
  ASSERT_TRUE(client_->WriteSchema(kOlder).ok());
  for (int kind = 1; kind <= 19; ++kind) {
    EXPECT_TRUE(seen[kind]) << wire::ReflectionSchemaDiff::descriptor()
                                   ->FindFieldByNumber(kind)
                                   ->name();
  }
}

TEST_F(SchemaReadsTest, ComputablePermissionsAndDependentRelations) {
  wire::ComputablePermissionsRequest computable;
  computable.set_definition_name("team");
  computable.set_relation_name("member");
  computable.set_optional_definition_name_filter("doc");
  wire::ComputablePermissionsResponse permissions;
  Call(computable, &permissions, &Schema::ComputablePermissions);
  ASSERT_EQ(permissions.permissions_size(), 2);
  EXPECT_EQ(permissions.permissions(0).relation_name(), "view");
  EXPECT_TRUE(permissions.permissions(0).is_permission());
  EXPECT_EQ(permissions.permissions(1).relation_name(), "viewer");
  EXPECT_FALSE(permissions.permissions(1).is_permission());
  ExpectTwin<wire::ExperimentalComputablePermissionsRequest,
             wire::ExperimentalComputablePermissionsResponse>(
      computable, permissions,
      &Experimental::ExperimentalComputablePermissions);

  wire::DependentRelationsRequest dependent;
  dependent.set_definition_name("document");
  dependent.set_permission_name("view");
  wire::DependentRelationsResponse relations;
  Call(dependent, &relations, &Schema::DependentRelations);
  std::vector<std::string> names;
  for (const auto& relation : relations.relations()) {
    names.push_back(relation.definition_name() + "#" +
                    relation.relation_name());
  }
  EXPECT_THAT(names,
              ElementsAre("document#parent", "document#viewer", "team#member"));
  ExpectTwin<wire::ExperimentalDependentRelationsRequest,
             wire::ExperimentalDependentRelationsResponse>(
      dependent, relations, &Experimental::ExperimentalDependentRelations);
}

TEST_F(SchemaReadsTest, ConsistencyIsHonoured) {
  wire::ReflectSchemaRequest request;
  wire::ReflectSchemaResponse before;
  Call(request, &before, &Schema::ReflectSchema);
  std::string wider = kOlder;
  wider += "definition more {}";
  ASSERT_TRUE(client_->WriteSchema(wider).ok());
  *request.mutable_consistency()->mutable_at_exact_snapshot() =
      before.read_at();
  wire::ReflectSchemaResponse again;
  Call(request, &again, &Schema::ReflectSchema);
  EXPECT_EQ(again.SerializeAsString(), before.SerializeAsString());
  wire::ReflectSchemaResponse newest;
  Call(wire::ReflectSchemaRequest(), &newest, &Schema::ReflectSchema);
  EXPECT_EQ(newest.definitions_size(), before.definitions_size() + 1);
  ASSERT_TRUE(client_->WriteSchema(kOlder).ok());
}

}  // namespace
}  // namespace kith::integration
