#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "integration/client.h"

// LookupSubjects over a real connection.

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace kith::integration {
namespace {

using ::testing::ElementsAre;
using Code = grpc::StatusCode;
using Request = wire::LookupSubjectsRequest;
using Response = wire::LookupSubjectsResponse;

constexpr char kSchema[] = R"(
caveat at_work(office bool) { office }
definition user {}
definition team { relation member: user | team#member }
definition document {
  relation viewer: user | user:* | user with at_work | team#member
  relation banned: user | user with at_work
  permission view = viewer - banned
}
)";

class LookupSubjectsRpcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    client_ = std::make_unique<Client>(server_.address());
    const grpc::Status status = client_->WriteSchema(kSchema);
    ASSERT_TRUE(status.ok()) << status.error_message();
    permissions_ = wire::PermissionsService::NewStub(client_->channel());
  }

  static Request ViewersOf(const std::string& document) {
    Request request;
    *request.mutable_resource() = Object(document);
    request.set_permission("view");
    request.set_subject_object_type("user");
    return request;
  }

  grpc::Status Lookup(const Request& request,
                      std::vector<Response>* found = nullptr) {
    const auto context = NewContext(ServerProcess::kKey);
    const auto reader = permissions_->LookupSubjects(context.get(), request);
    Response response;
    while (reader->Read(&response)) {
      if (found != nullptr) found->push_back(response);
    }
    return reader->Finish();
  }

  std::vector<std::string> Ids(const Request& request) {
    std::vector<Response> found;
    const grpc::Status status = Lookup(request, &found);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> ids;
    for (const Response& response : found) {
      ids.push_back(response.subject().subject_object_id());
    }
    return ids;
  }

  static wire::RelationshipUpdate AtWork(const std::string& relationship) {
    wire::RelationshipUpdate update = Touch(relationship);
    update.mutable_relationship()->mutable_optional_caveat()->set_caveat_name(
        "at_work");
    return update;
  }

  ServerProcess server_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<wire::PermissionsService::Stub> permissions_;
};

TEST_F(LookupSubjectsRpcTest, EveryFieldIsFilledAndTheOlderOnesAgree) {
  ASSERT_TRUE(client_
                  ->Write({Touch("document:a#viewer@user:*"),
                           AtWork("document:a#banned@user:bob"),
                           Touch("document:a#banned@user:anne"),
                           Touch("document:a#viewer@user:bob"),
                           Touch("document:a#viewer@user:carl")})
                  .ok());
  std::vector<Response> found;
  ASSERT_TRUE(Lookup(ViewersOf("document:a"), &found).ok());
  ASSERT_EQ(found.size(), 3u);
  const Response& wildcard = found[0];
  EXPECT_EQ(wildcard.subject().subject_object_id(), "*");
  EXPECT_EQ(wildcard.subject().permissionship(),
            wire::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION);
  EXPECT_FALSE(wildcard.subject().has_partial_caveat_info());
  ASSERT_EQ(wildcard.excluded_subjects_size(), 2);
  EXPECT_EQ(wildcard.excluded_subjects(0).subject_object_id(), "anne");
  EXPECT_EQ(wildcard.excluded_subjects(0).permissionship(),
            wire::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION);
  EXPECT_EQ(wildcard.excluded_subjects(1).subject_object_id(), "bob");
  EXPECT_EQ(wildcard.excluded_subjects(1).permissionship(),
            wire::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION);
  EXPECT_THAT(wildcard.excluded_subjects(1)
                  .partial_caveat_info()
                  .missing_required_context(),
              ElementsAre("office"));
  const Response& bob = found[1];
  EXPECT_EQ(bob.subject().subject_object_id(), "bob");
  EXPECT_THAT(bob.subject().partial_caveat_info().missing_required_context(),
              ElementsAre("office"));
  EXPECT_EQ(found[2].subject().subject_object_id(), "carl");

  EXPECT_THAT(wildcard.excluded_subject_ids(), ElementsAre("anne", "bob"));
  for (const Response& response : found) {
    const wire::ResolvedSubject& subject = response.subject();
    EXPECT_EQ(response.subject_object_id(), subject.subject_object_id());
    EXPECT_EQ(response.permissionship(), subject.permissionship());
    EXPECT_EQ(response.partial_caveat_info().SerializeAsString(),
              subject.partial_caveat_info().SerializeAsString());
    EXPECT_FALSE(response.looked_up_at().token().empty());
    EXPECT_FALSE(response.after_result_cursor().token().empty());
  }
}

TEST_F(LookupSubjectsRpcTest, OptionsAreHonoured) {
  ASSERT_TRUE(client_
                  ->Write({Touch("document:a#viewer@user:*"),
                           Touch("document:a#viewer@user:bob"),
                           Touch("document:a#viewer@team:eng#member"),
                           Touch("team:eng#member@user:carl"),
                           AtWork("document:a#viewer@user:dora")})
                  .ok());
  Request request = ViewersOf("document:a");
  request.set_optional_subject_relation("...");  // the same as none
  EXPECT_THAT(Ids(request), ElementsAre("*", "bob", "carl", "dora"));
  request.set_wildcard_option(Request::WILDCARD_OPTION_EXCLUDE_WILDCARDS);
  EXPECT_THAT(Ids(request), ElementsAre("bob", "carl", "dora"));
  request.set_optional_concrete_limit(2);
  std::vector<Response> page;
  ASSERT_TRUE(Lookup(request, &page).ok());
  ASSERT_EQ(page.size(), 2u);
  *request.mutable_optional_cursor() = page.back().after_result_cursor();
  EXPECT_THAT(Ids(request), ElementsAre("dora"));

  Request teams = ViewersOf("document:a");
  teams.set_subject_object_type("team");
  teams.set_optional_subject_relation("member");
  EXPECT_THAT(Ids(teams), ElementsAre("eng"));
  teams.mutable_optional_cursor()->set_token("nonsense");
  const grpc::Status forged = Lookup(teams);
  EXPECT_EQ(forged.error_code(), Code::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(forged).reason(), "ERROR_REASON_INVALID_CURSOR");
}

TEST_F(LookupSubjectsRpcTest, ErrorsHaveTheirCodes) {
  Request request = ViewersOf("document:a");
  request.set_subject_object_type("robot");
  EXPECT_EQ(InfoOf(Lookup(request)).reason(),
            "ERROR_REASON_UNKNOWN_DEFINITION");
  request = ViewersOf("document:a");
  request.set_optional_subject_relation("fly");
  EXPECT_EQ(InfoOf(Lookup(request)).reason(),
            "ERROR_REASON_UNKNOWN_RELATION_OR_PERMISSION");
  request = ViewersOf("document:a");
  request.clear_resource();
  EXPECT_EQ(Lookup(request).error_code(), Code::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace kith::integration
