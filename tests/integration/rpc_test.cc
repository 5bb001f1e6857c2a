// The calls and their answers, through a real server.

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
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSchema[] = R"(
definition user {}

definition team {
	relation member: user | team#member
}

definition document {
	relation viewer: user | user:* | team#member
	relation banned: user
	permission view = viewer - banned
}
)";

class RpcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Start();
    client_ = std::make_unique<Client>(server_.address());
    const grpc::Status status = client_->WriteSchema(kSchema);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  // Writes document:d<i>#viewer@user:anne for each i below `count`.
  void WriteDocuments(int count) {
    std::vector<wire::RelationshipUpdate> updates;
    for (int i = 0; i < count; ++i) {
      updates.push_back(Touch(fmt::format("document:d{}#viewer@user:anne", i)));
      if (updates.size() == 1000 || i + 1 == count) {
        const grpc::Status status = client_->Write(std::move(updates));
        ASSERT_TRUE(status.ok()) << status.error_message();
        updates.clear();
      }
    }
  }

  ServerProcess server_;
  std::unique_ptr<Client> client_;
};

// More than the thread that polls would read by itself.
TEST_F(RpcTest, ChecksOfManyRelationshipsAreAnswered) {
  std::vector<wire::RelationshipUpdate> updates;
  for (int i = 0; i < 900; ++i) {
    updates.push_back(
        Touch(fmt::format("document:plan#viewer@team:t{}#member", i)));
  }
  updates.push_back(Touch("team:t899#member@user:anne"));
  updates.push_back(Touch("document:plan#banned@user:bob"));
  ASSERT_TRUE(client_->Write(std::move(updates)).ok());
  EXPECT_EQ(client_->Answer("document:plan", "view", "user:anne"), "HAS");
  EXPECT_EQ(client_->Answer("document:plan", "view", "user:bob"), "NO");
  EXPECT_EQ(client_->Answer("document:plan", "view", "user:carol"), "NO");
}

TEST_F(RpcTest, SchemaIsReadAsWritten) {
  std::string text;
  ASSERT_TRUE(client_->ReadSchema(&text).ok());
  EXPECT_TRUE(client_->WriteSchema(text).ok()) << text;
  std::string again;
  ASSERT_TRUE(client_->ReadSchema(&again).ok());
  EXPECT_EQ(text, again);
  EXPECT_NE(text.find("permission view = viewer - banned"), std::string::npos);
}

TEST_F(RpcTest, CheckSeesEveryWriteThatReturned) {
  EXPECT_EQ(client_->Answer("document:readme", "view", "user:anne"), "NO");
  ASSERT_TRUE(client_
                  ->Write({Create("document:readme#viewer@team:eng#member"),
                           Create("team:eng#member@team:core#member"),
                           Create("team:core#member@user:anne")})
                  .ok());
  EXPECT_EQ(client_->Answer("document:readme", "view", "user:anne"), "HAS");
  ASSERT_TRUE(client_->Write({Touch("document:readme#banned@user:anne")}).ok());
  EXPECT_EQ(client_->Answer("document:readme", "view", "user:anne"), "NO");
  ASSERT_TRUE(
      client_->Write({Delete("document:readme#banned@user:anne")}).ok());
  EXPECT_EQ(client_->Answer("document:readme", "view", "user:anne"), "HAS");
  EXPECT_EQ(client_->Answer("document:readme", "viewer", "team:eng#member"),
            "HAS");
  EXPECT_EQ(client_->Answer("document:readme", "view", "user:bob"), "NO");
}

TEST_F(RpcTest, EllipsisIsNoSubjectRelation) {
  ASSERT_TRUE(
      client_->Write({Touch("document:readme#viewer@user:anne#...")}).ok());
  EXPECT_EQ(client_->Answer("document:readme", "view", "user:anne#..."), "HAS");
  EXPECT_THAT(client_->Stored("document"),
              ElementsAre("document:readme#viewer@user:anne"));
}

TEST_F(RpcTest, WideObjectIdsAreServed) {
  wire::WriteRelationshipsRequest request;
  *request.add_updates() = Touch("document:readme#viewer@user:x");
  const std::string id = "anne+1@example.com \xc3\xa9";
  request.mutable_updates(0)
      ->mutable_relationship()
      ->mutable_subject()
      ->mutable_object()
      ->set_object_id(id);
  ASSERT_TRUE(client_->Write(request).ok());
  wire::CheckPermissionRequest check =
      CheckOf("document:readme", "view", "user:x");
  check.mutable_subject()->mutable_object()->set_object_id(id);
  wire::CheckPermissionResponse response;
  ASSERT_TRUE(client_->Check(check, &response).ok());
  EXPECT_EQ(response.permissionship(),
            wire::CheckPermissionResponse::PERMISSIONSHIP_HAS_PERMISSION);
}

TEST_F(RpcTest, BulkChecksKeepOrderAndErrorsOfTheirOwn) {
  WriteDocuments(1);
  for (const int filler : {0, 100}) {  // on the polling thread, on a worker
    wire::CheckBulkPermissionsRequest request;
    const auto add = [&](const char* permission, const char* subject) {
      auto* item = request.add_items();
      const auto check = CheckOf("document:d0", permission, subject);
      *item->mutable_resource() = check.resource();
      item->set_permission(check.permission());
      *item->mutable_subject() = check.subject();
    };
    add("view", "user:anne");
    add("nonsense", "user:anne");
    add("view", "user:bob");
    for (int i = 0; i < filler; ++i) add("view", "user:anne");
    wire::CheckBulkPermissionsResponse response;
    const grpc::Status status = client_->CheckBulk(request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.pairs_size(), 3 + filler);
    EXPECT_NE(response.checked_at().token(), "");
    using Check = wire::CheckPermissionResponse;
    EXPECT_EQ(response.pairs(0).item().permissionship(),
              Check::PERMISSIONSHIP_HAS_PERMISSION);
    EXPECT_EQ(response.pairs(2).item().permissionship(),
              Check::PERMISSIONSHIP_NO_PERMISSION);
    ASSERT_TRUE(response.pairs(1).has_error());
    EXPECT_EQ(response.pairs(1).request().permission(), "nonsense");
    EXPECT_EQ(response.pairs(1).error().code(),
              grpc::StatusCode::FAILED_PRECONDITION);
    google::rpc::ErrorInfo info;
    ASSERT_EQ(response.pairs(1).error().details_size(), 1);
    ASSERT_TRUE(response.pairs(1).error().details(0).UnpackTo(&info));
    EXPECT_EQ(info.reason(), "ERROR_REASON_UNKNOWN_RELATION_OR_PERMISSION");
  }
}

TEST_F(RpcTest, ExpandShowsTheOperations) {
  ASSERT_TRUE(client_
                  ->Write({Touch("document:readme#viewer@user:anne"),
                           Touch("document:readme#viewer@team:eng#member"),
                           Touch("document:readme#banned@user:bob")})
                  .ok());
  wire::ExpandPermissionTreeRequest request;
  *request.mutable_resource() = Object("document:readme");
  request.set_permission("view");
  wire::ExpandPermissionTreeResponse response;
  const grpc::Status status = client_->Expand(request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_NE(response.expanded_at().token(), "");
  const auto& root = response.tree_root();
  EXPECT_EQ(root.expanded_relation(), "view");
  EXPECT_EQ(root.intermediate().operation(),
            wire::AlgebraicSubjectSet::OPERATION_EXCLUSION);
  ASSERT_EQ(root.intermediate().children_size(), 2);
  EXPECT_THAT(root.intermediate().children(0).leaf().subjects(), SizeIs(2));
  ASSERT_THAT(root.intermediate().children(1).leaf().subjects(), SizeIs(1));
  EXPECT_EQ(
      root.intermediate().children(1).leaf().subjects(0).object().object_id(),
      "bob");
}

TEST_F(RpcTest, ReadWithoutLimitStreamsAllPages) {
  WriteDocuments(2500);
  wire::ReadRelationshipsRequest request;
  *request.mutable_relationship_filter() = Filter("document");
  std::vector<wire::ReadRelationshipsResponse> found;
  const grpc::Status status = client_->Read(request, &found);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(found, SizeIs(2500));
  std::set<std::string> distinct;
  for (const auto& item : found) {
    distinct.insert(Text(item.relationship()));
    EXPECT_EQ(item.read_at().token(), found[0].read_at().token());
  }
  EXPECT_THAT(distinct, SizeIs(2500));
}

TEST_F(RpcTest, CursorsResumeAfterEachItemWithAnyPageSize) {
  WriteDocuments(10);
  wire::ReadRelationshipsRequest request;
  *request.mutable_relationship_filter() = Filter("document");
  std::vector<wire::ReadRelationshipsResponse> all;
  ASSERT_TRUE(client_->Read(request, &all).ok());
  ASSERT_THAT(all, SizeIs(10));
  for (size_t at = 0; at < all.size(); ++at) {
    for (uint32_t limit : {0u, 1u, 3u, 1000u}) {
      request.set_optional_limit(limit);
      *request.mutable_optional_cursor() = all[at].after_result_cursor();
      std::vector<wire::ReadRelationshipsResponse> rest;
      const grpc::Status status = client_->Read(request, &rest);
      ASSERT_TRUE(status.ok()) << status.error_message();
      const size_t left = all.size() - at - 1;
      ASSERT_THAT(rest,
                  SizeIs(limit == 0 ? left : std::min<size_t>(left, limit)));
      for (size_t i = 0; i < rest.size(); ++i) {
        EXPECT_EQ(Text(rest[i].relationship()),
                  Text(all[at + 1 + i].relationship()));
      }
    }
  }
}

TEST_F(RpcTest, ACursorKeepsItsRevision) {
  WriteDocuments(4);
  wire::ReadRelationshipsRequest request;
  *request.mutable_relationship_filter() = Filter("document");
  request.set_optional_limit(2);
  std::vector<wire::ReadRelationshipsResponse> first;
  ASSERT_TRUE(client_->Read(request, &first).ok());
  ASSERT_THAT(first, SizeIs(2));
  wire::DeleteRelationshipsRequest everything;
  *everything.mutable_relationship_filter() = Filter("document");
  ASSERT_TRUE(client_->Delete(everything).ok());
  *request.mutable_optional_cursor() = first[1].after_result_cursor();
  std::vector<wire::ReadRelationshipsResponse> second;
  ASSERT_TRUE(client_->Read(request, &second).ok());
  EXPECT_THAT(second, SizeIs(2));
  EXPECT_EQ(second[0].read_at().token(), first[0].read_at().token());
  EXPECT_THAT(client_->Stored("document"), IsEmpty());
}

TEST_F(RpcTest, TokensPinAndFollowRevisions) {
  std::string before;
  std::string after;
  ASSERT_TRUE(
      client_->Write({Touch("document:other#viewer@user:anne")}, &before).ok());
  ASSERT_TRUE(
      client_->Write({Touch("document:readme#viewer@user:anne")}, &after).ok());
  EXPECT_NE(before, after);
  const auto check = [&](auto set_consistency) {
    auto request = CheckOf("document:readme", "view", "user:anne");
    set_consistency(request.mutable_consistency());
    wire::CheckPermissionResponse response;
    const grpc::Status status = client_->Check(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.permissionship() ==
           wire::CheckPermissionResponse::PERMISSIONSHIP_HAS_PERMISSION;
  };
  EXPECT_FALSE(check([&](wire::Consistency* c) {
    c->mutable_at_exact_snapshot()->set_token(before);
  }));
  EXPECT_TRUE(check([&](wire::Consistency* c) {
    c->mutable_at_exact_snapshot()->set_token(after);
  }));
  EXPECT_TRUE(check([&](wire::Consistency* c) {
    c->mutable_at_least_as_fresh()->set_token(before);
  }));
  EXPECT_TRUE(
      check([](wire::Consistency* c) { c->set_minimize_latency(true); }));
  EXPECT_TRUE(
      check([](wire::Consistency* c) { c->set_fully_consistent(true); }));
}

TEST_F(RpcTest, DeleteCountsAndStopsAtItsLimit) {
  WriteDocuments(5);
  wire::DeleteRelationshipsRequest request;
  *request.mutable_relationship_filter() = Filter("document");
  request.set_optional_limit(3);
  request.set_optional_allow_partial_deletions(true);
  wire::DeleteRelationshipsResponse response;
  using Response = wire::DeleteRelationshipsResponse;
  ASSERT_TRUE(client_->Delete(request, &response).ok());
  EXPECT_EQ(response.relationships_deleted_count(), 3u);
  EXPECT_EQ(response.deletion_progress(), Response::DELETION_PROGRESS_PARTIAL);
  ASSERT_TRUE(client_->Delete(request, &response).ok());
  EXPECT_EQ(response.relationships_deleted_count(), 2u);
  EXPECT_EQ(response.deletion_progress(), Response::DELETION_PROGRESS_COMPLETE);
  EXPECT_NE(response.deleted_at().token(), "");
  EXPECT_THAT(client_->Stored("document"), IsEmpty());
}

TEST_F(RpcTest, PreconditionsGuardAWrite) {
  wire::WriteRelationshipsRequest request;
  *request.add_updates() = Touch("document:readme#viewer@user:anne");
  auto* precondition = request.add_optional_preconditions();
  *precondition->mutable_filter() = Filter("document", "readme");
  precondition->set_operation(wire::Precondition::OPERATION_MUST_MATCH);
  EXPECT_EQ(client_->Write(request).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(client_->Stored("document"), IsEmpty());
  precondition->set_operation(wire::Precondition::OPERATION_MUST_NOT_MATCH);
  EXPECT_TRUE(client_->Write(request).ok());
  EXPECT_FALSE(client_->Write(request).ok());
}

TEST_F(RpcTest, EmptyUpdatesAndEmptyBulkAreFine) {
  EXPECT_TRUE(client_->Write(std::vector<wire::RelationshipUpdate>{}).ok());
  EXPECT_TRUE(client_->CheckBulk(wire::CheckBulkPermissionsRequest()).ok());
}

}  // namespace
}  // namespace kith::integration
