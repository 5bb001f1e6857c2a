#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "integration/client.h"

// LookupResources over a real connection.

namespace kith::integration {
namespace {

using ::testing::ElementsAre;
using Request = wire::LookupResourcesRequest;
using Response = wire::LookupResourcesResponse;

constexpr char kSchema[] = R"(
caveat at_work(office bool) { office }
definition user {}
definition team { relation member: user | team#member }
definition document {
  relation viewer: user | user:* | user with at_work | team#member
  relation banned: user
  permission view = viewer - banned
}
)";

class LookupResourcesRpcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    client_ = std::make_unique<Client>(server_.address());
    const grpc::Status status = client_->WriteSchema(kSchema);
    ASSERT_TRUE(status.ok()) << status.error_message();
    permissions_ = wire::PermissionsService::NewStub(client_->channel());
  }

  static Request DocumentsOf(const std::string& subject) {
    Request request;
    request.set_resource_object_type("document");
    request.set_permission("view");
    *request.mutable_subject() = Subject(subject);
    return request;
  }

  std::vector<Response> Lookup(const Request& request) {
    const auto context = NewContext(ServerProcess::kKey);
    const auto reader = permissions_->LookupResources(context.get(), request);
    std::vector<Response> found;
    Response response;
    while (reader->Read(&response)) found.push_back(response);
    const grpc::Status status = reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return found;
  }

  static std::vector<std::string> Ids(const std::vector<Response>& found) {
    std::vector<std::string> ids;
    for (const Response& response : found) {
      ids.push_back(response.resource_object_id());
    }
    return ids;
  }

  ServerProcess server_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<wire::PermissionsService::Stub> permissions_;
};

TEST_F(LookupResourcesRpcTest, EveryFieldIsFilled) {
  wire::RelationshipUpdate at_work = Touch("document:b#viewer@user:anne");
  at_work.mutable_relationship()->mutable_optional_caveat()->set_caveat_name(
      "at_work");
  std::string token;
  ASSERT_TRUE(client_
                  ->Write({Touch("document:a#viewer@team:eng#member"),
                           Touch("team:eng#member@user:anne"), at_work,
                           Touch("document:c#viewer@user:*"),
                           Touch("document:d#viewer@user:*"),
                           Touch("document:d#banned@user:anne")},
                          &token)
                  .ok());
  const auto found = Lookup(DocumentsOf("user:anne"));
  ASSERT_THAT(Ids(found), ElementsAre("a", "b", "c"));
  for (const Response& response : found) {
    EXPECT_EQ(response.looked_up_at().token(), token);
    EXPECT_NE(response.after_result_cursor().token(), "");
  }
  EXPECT_EQ(found[0].permissionship(),
            wire::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION);
  EXPECT_FALSE(found[0].has_partial_caveat_info());
  EXPECT_EQ(found[1].permissionship(),
            wire::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION);
  EXPECT_THAT(found[1].partial_caveat_info().missing_required_context(),
              ElementsAre("office"));

  Request with_context = DocumentsOf("user:anne");
  (*with_context.mutable_context()->mutable_fields())["office"].set_bool_value(
      false);
  EXPECT_THAT(Ids(Lookup(with_context)), ElementsAre("a", "c"));
  EXPECT_THAT(Ids(Lookup(DocumentsOf("team:eng#member"))), ElementsAre("a"));
}

TEST_F(LookupResourcesRpcTest, PagesGoOnAtTheirRevision) {
  std::vector<wire::RelationshipUpdate> updates;
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    expected.push_back(fmt::format("d{:03}", i));
    updates.push_back(
        Touch("document:" + expected.back() + "#viewer@user:anne"));
  }
  ASSERT_TRUE(client_->Write(std::move(updates)).ok());
  Request request = DocumentsOf("user:anne");
  EXPECT_EQ(Ids(Lookup(request)), expected);

  std::vector<std::string> ids;
  for (const uint32_t limit : {1u, 200u, 7u, 0u}) {
    request.set_optional_limit(limit);
    const auto page = Lookup(request);
    ASSERT_EQ(page.size(), limit == 0 ? 500 - ids.size() : limit);
    for (const std::string& id : Ids(page)) ids.push_back(id);
    *request.mutable_optional_cursor() = page.back().after_result_cursor();
    ASSERT_TRUE(client_
                    ->Write({Delete(fmt::format("document:{}#viewer@user:anne",
                                                expected[ids.size() % 500])),
                             Touch("document:zzz#viewer@user:anne")})
                    .ok());
  }
  EXPECT_EQ(ids, expected);
}

}  // namespace
}  // namespace kith::integration
