// Conditional answers and traces, through a real server.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "integration/client.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kSchema[] = R"(
caveat at_work(hour int, from int) {
	hour >= from
}

definition user {}

definition folder {
	relation viewer: user | user with at_work
}

definition document {
	relation folder: folder
	permission view = folder->viewer
}
)";

class CaveatsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    client_ = std::make_unique<Client>(server_.address());
    const grpc::Status status = client_->WriteSchema(kSchema);
    ASSERT_TRUE(status.ok()) << status.error_message();
    wire::RelationshipUpdate conditional = Touch("folder:f#viewer@user:anne");
    auto* caveat =
        conditional.mutable_relationship()->mutable_optional_caveat();
    caveat->set_caveat_name("at_work");
    (*caveat->mutable_context()->mutable_fields())["from"].set_number_value(9);
    const grpc::Status written =
        client_->Write({conditional, Touch("document:d#folder@folder:f")});
    ASSERT_TRUE(written.ok()) << written.error_message();
  }

  static void SetHour(double hour, google::protobuf::Struct* context) {
    (*context->mutable_fields())["hour"].set_number_value(hour);
  }

  ServerProcess server_;
  std::unique_ptr<Client> client_;
};

TEST_F(CaveatsTest, AnswersAreConditionalUntilTheContextIsGiven) {
  using Response = wire::CheckPermissionResponse;
  auto request = CheckOf("document:d", "view", "user:anne");
  Response response;
  ASSERT_TRUE(client_->Check(request, &response).ok());
  EXPECT_EQ(response.permissionship(),
            Response::PERMISSIONSHIP_CONDITIONAL_PERMISSION);
  EXPECT_THAT(response.partial_caveat_info().missing_required_context(),
              ElementsAre("hour"));
  SetHour(10, request.mutable_context());
  ASSERT_TRUE(client_->Check(request, &response).ok());
  EXPECT_EQ(response.permissionship(), Response::PERMISSIONSHIP_HAS_PERMISSION);
  EXPECT_FALSE(response.has_partial_caveat_info());

  wire::CheckBulkPermissionsRequest bulk;
  for (const double hour : {8.0, 9.0}) {
    auto* item = bulk.add_items();
    *item->mutable_resource() = Object("document:d");
    item->set_permission("view");
    *item->mutable_subject() = Subject("user:anne");
    SetHour(hour, item->mutable_context());
  }
  *bulk.add_items() = bulk.items(0);
  bulk.mutable_items(2)->clear_context();
  (*bulk.add_items()) = bulk.items(0);
  (*bulk.mutable_items(3)->mutable_context()->mutable_fields())["hour"]
      .set_string_value("noon");
  wire::CheckBulkPermissionsResponse answers;
  ASSERT_TRUE(client_->CheckBulk(bulk, &answers).ok());
  EXPECT_EQ(answers.pairs(0).item().permissionship(),
            Response::PERMISSIONSHIP_NO_PERMISSION);
  EXPECT_EQ(answers.pairs(1).item().permissionship(),
            Response::PERMISSIONSHIP_HAS_PERMISSION);
  EXPECT_EQ(answers.pairs(2).item().permissionship(),
            Response::PERMISSIONSHIP_CONDITIONAL_PERMISSION);
  EXPECT_THAT(
      answers.pairs(2).item().partial_caveat_info().missing_required_context(),
      ElementsAre("hour"));
  EXPECT_EQ(answers.pairs(3).error().code(), grpc::INVALID_ARGUMENT);
  EXPECT_THAT(answers.pairs(3).error().message(), HasSubstr("\"hour\""));
}

TEST_F(CaveatsTest, TracesTellStepsCaveatsAndRelationships) {
  using Trace = wire::CheckDebugTrace;
  auto request = CheckOf("document:d", "view", "user:anne");
  wire::CheckPermissionResponse response;
  ASSERT_TRUE(client_->Check(request, &response).ok());
  EXPECT_FALSE(response.has_debug_trace());
  request.set_with_tracing(true);
  SetHour(8, request.mutable_context());
  ASSERT_TRUE(client_->Check(request, &response).ok());
  const auto& trace = response.debug_trace();
  EXPECT_THAT(trace.schema_used(), HasSubstr("caveat at_work"));
  const Trace& check = trace.check();
  EXPECT_EQ(check.permission(), "view");
  EXPECT_EQ(check.permission_type(), Trace::PERMISSION_TYPE_PERMISSION);
  EXPECT_EQ(check.result(), Trace::PERMISSIONSHIP_NO_PERMISSION);
  EXPECT_TRUE(check.has_duration());
  ASSERT_EQ(check.sub_problems().traces_size(), 1);
  const Trace& folder = check.sub_problems().traces(0);
  EXPECT_EQ(folder.resource().object_type(), "folder");
  EXPECT_EQ(folder.permission_type(), Trace::PERMISSION_TYPE_RELATION);
  EXPECT_EQ(folder.source(), "document:d#folder@folder:f");
  EXPECT_NE(folder.trace_operation_id(), check.trace_operation_id());
  ASSERT_EQ(folder.sub_problems().traces_size(), 1);
  const Trace& row = folder.sub_problems().traces(0);
  EXPECT_EQ(row.source(), "folder:f#viewer@user:anne[at_work:{\"from\":9}]");
  EXPECT_EQ(row.resolution_case(), Trace::kWasCachedResult);
  EXPECT_FALSE(row.was_cached_result());
  const auto& caveat = row.caveat_evaluation_info();
  EXPECT_EQ(caveat.caveat_name(), "at_work");
  EXPECT_EQ(caveat.expression(), "hour >= from");
  EXPECT_EQ(caveat.result(), wire::CaveatEvalInfo::RESULT_FALSE);
  EXPECT_EQ(caveat.context().fields_size(), 2);
}

TEST_F(CaveatsTest, TracesAreAskedForByTheHeaderOrInBulkToo) {
  const auto stub = wire::PermissionsService::NewStub(client_->channel());
  auto context = NewContext(ServerProcess::kKey);
  context->AddMetadata("io.spicedb.requestdebuginfo", "1");
  wire::CheckPermissionResponse response;
  const auto request = CheckOf("document:d", "view", "user:anne");
  ASSERT_TRUE(stub->CheckPermission(context.get(), request, &response).ok());
  EXPECT_EQ(response.debug_trace().check().sub_problems().traces_size(), 1);
  wire::CheckBulkPermissionsRequest bulk;
  bulk.set_with_tracing(true);
  auto* item = bulk.add_items();
  *item->mutable_resource() = Object("document:d");
  item->set_permission("view");
  *item->mutable_subject() = Subject("user:bob");
  wire::CheckBulkPermissionsResponse answers;
  ASSERT_TRUE(client_->CheckBulk(bulk, &answers).ok());
  EXPECT_EQ(answers.pairs(0).item().debug_trace().check().result(),
            wire::CheckDebugTrace::PERMISSIONSHIP_NO_PERMISSION);
}

}  // namespace
}  // namespace kith::integration
