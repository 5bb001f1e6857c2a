#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "authzed/api/v1/permission_service.grpc.pb.h"
#include "authzed/api/v1/schema_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "support/server_process.h"

namespace kith::integration {

using support::ServerProcess;
using support::TempDir;

namespace wire = ::authzed::api::v1;

// Credentials of each call: nothing, or a preshared key.
std::unique_ptr<grpc::ClientContext> NewContext(const std::string& key);

// `type:id`, `type:id#relation` and `type:id#relation@type:id[#relation]`, as
// messages. Ids without '#', '@' and ':'.
wire::ObjectReference Object(const std::string& text);
wire::SubjectReference Subject(const std::string& text);
wire::Relationship Rel(const std::string& text);
std::string Text(const wire::Relationship& relationship);

wire::RelationshipUpdate Touch(const std::string& relationship);
wire::RelationshipUpdate Create(const std::string& relationship);
wire::RelationshipUpdate Delete(const std::string& relationship);
wire::RelationshipFilter Filter(const std::string& resource_type,
                                const std::string& resource_id = "");
wire::CheckPermissionRequest CheckOf(const std::string& resource,
                                     const std::string& permission,
                                     const std::string& subject);

// The calls with their plumbing; responses are thrown away where only the
// status matters. Thread-safe.
class Client {
 public:
  Client(std::shared_ptr<grpc::Channel> channel, std::string key);
  // Plain text to a server started by ServerProcess.
  explicit Client(const std::string& address);

  grpc::Status WriteSchema(const std::string& text);
  grpc::Status Write(std::vector<wire::RelationshipUpdate> updates,
                     std::string* token = nullptr);
  grpc::Status Write(const wire::WriteRelationshipsRequest& request,
                     wire::WriteRelationshipsResponse* response = nullptr);
  grpc::Status Delete(const wire::DeleteRelationshipsRequest& request,
                      wire::DeleteRelationshipsResponse* response = nullptr);
  grpc::Status Check(const wire::CheckPermissionRequest& request,
                     wire::CheckPermissionResponse* response = nullptr);
  grpc::Status CheckBulk(
      const wire::CheckBulkPermissionsRequest& request,
      wire::CheckBulkPermissionsResponse* response = nullptr);
  grpc::Status Expand(const wire::ExpandPermissionTreeRequest& request,
                      wire::ExpandPermissionTreeResponse* response = nullptr);
  grpc::Status Read(
      const wire::ReadRelationshipsRequest& request,
      std::vector<wire::ReadRelationshipsResponse>* found = nullptr);
  grpc::Status ReadSchema(std::string* text = nullptr,
                          std::string* token = nullptr);

  // HAS, NO, CONDITIONAL or the error.
  std::string Answer(const std::string& resource, const std::string& permission,
                     const std::string& subject);
  // Texts of what is stored under a resource type, sorted.
  std::vector<std::string> Stored(const std::string& resource_type);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::string key_;
  const std::unique_ptr<wire::PermissionsService::Stub> permissions_;
  const std::unique_ptr<wire::SchemaService::Stub> schema_;
};

// The ErrorInfo of a status; empty when it has none.
google::rpc::ErrorInfo InfoOf(const grpc::Status& status);

// Calls any method by its name, with the bytes of one message (by default an
// empty one). Answers come as bytes.
grpc::Status CallByName(const std::shared_ptr<grpc::Channel>& channel,
                        const std::string& method, const std::string& key,
                        const std::string& request = "");

}  // namespace kith::integration
