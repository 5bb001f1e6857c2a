#include "integration/client.h"

#include <grpcpp/generic/generic_stub.h>

#include <algorithm>
#include <utility>

#include "google/rpc/status.pb.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

// The parts before and after the first `separator`; all is before without one.
std::pair<std::string, std::string> Split(const std::string& text,
                                          char separator) {
  const size_t at = text.find(separator);
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + 1)};
}

template <typename Response>
struct Ignored {
  Response* operator()(Response* given) {
    return given == nullptr ? &own : given;
  }
  Response own;
};

wire::RelationshipUpdate Update(wire::RelationshipUpdate::Operation operation,
                                const std::string& relationship) {
  wire::RelationshipUpdate update;
  update.set_operation(operation);
  *update.mutable_relationship() = Rel(relationship);
  return update;
}

}  // namespace

std::unique_ptr<grpc::ClientContext> NewContext(const std::string& key) {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!key.empty()) context->AddMetadata("authorization", "Bearer " + key);
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(60));
  return context;
}

wire::ObjectReference Object(const std::string& text) {
  wire::ObjectReference object;
  const auto [type, id] = Split(text, ':');
  object.set_object_type(type);
  object.set_object_id(id);
  return object;
}

wire::SubjectReference Subject(const std::string& text) {
  wire::SubjectReference subject;
  const auto [object, relation] = Split(text, '#');
  *subject.mutable_object() = Object(object);
  subject.set_optional_relation(relation);
  return subject;
}

wire::Relationship Rel(const std::string& text) {
  wire::Relationship relationship;
  const auto [left, subject] = Split(text, '@');
  const auto [resource, relation] = Split(left, '#');
  *relationship.mutable_resource() = Object(resource);
  relationship.set_relation(relation);
  *relationship.mutable_subject() = Subject(subject);
  return relationship;
}

std::string Text(const wire::Relationship& relationship) {
  const auto object = [](const wire::ObjectReference& in) {
    return in.object_type() + ":" + in.object_id();
  };
  std::string text = object(relationship.resource()) + "#" +
                     relationship.relation() + "@" +
                     object(relationship.subject().object());
  if (!relationship.subject().optional_relation().empty()) {
    text += "#" + relationship.subject().optional_relation();
  }
  return text;
}

wire::RelationshipUpdate Touch(const std::string& relationship) {
  return Update(wire::RelationshipUpdate::OPERATION_TOUCH, relationship);
}
wire::RelationshipUpdate Create(const std::string& relationship) {
  return Update(wire::RelationshipUpdate::OPERATION_CREATE, relationship);
}
wire::RelationshipUpdate Delete(const std::string& relationship) {
  return Update(wire::RelationshipUpdate::OPERATION_DELETE, relationship);
}

wire::RelationshipFilter Filter(const std::string& resource_type,
                                const std::string& resource_id) {
  wire::RelationshipFilter filter;
  filter.set_resource_type(resource_type);
  filter.set_optional_resource_id(resource_id);
  return filter;
}

wire::CheckPermissionRequest CheckOf(const std::string& resource,
                                     const std::string& permission,
                                     const std::string& subject) {
  wire::CheckPermissionRequest request;
  *request.mutable_resource() = Object(resource);
  request.set_permission(permission);
  *request.mutable_subject() = Subject(subject);
  return request;
}

Client::Client(std::shared_ptr<grpc::Channel> channel, std::string key)
    : channel_(std::move(channel)),
      key_(std::move(key)),
      permissions_(wire::PermissionsService::NewStub(channel_)),
      schema_(wire::SchemaService::NewStub(channel_)) {}

Client::Client(const std::string& address)
    : Client(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()),
             ServerProcess::kKey) {}

grpc::Status Client::WriteSchema(const std::string& text) {
  wire::WriteSchemaRequest request;
  request.set_schema(text);
  wire::WriteSchemaResponse response;
  return schema_->WriteSchema(NewContext(key_).get(), request, &response);
}

grpc::Status Client::ReadSchema(std::string* text, std::string* token) {
  wire::ReadSchemaResponse response;
  const grpc::Status status =
      schema_->ReadSchema(NewContext(key_).get(), {}, &response);
  if (text != nullptr) *text = response.schema_text();
  if (token != nullptr) *token = response.read_at().token();
  return status;
}

grpc::Status Client::Write(std::vector<wire::RelationshipUpdate> updates,
                           std::string* token) {
  wire::WriteRelationshipsRequest request;
  for (auto& update : updates) *request.add_updates() = std::move(update);
  wire::WriteRelationshipsResponse response;
  const grpc::Status status = Write(request, &response);
  if (token != nullptr) *token = response.written_at().token();
  return status;
}

grpc::Status Client::Write(const wire::WriteRelationshipsRequest& request,
                           wire::WriteRelationshipsResponse* response) {
  Ignored<wire::WriteRelationshipsResponse> ignored;
  return permissions_->WriteRelationships(NewContext(key_).get(), request,
                                          ignored(response));
}

grpc::Status Client::Delete(const wire::DeleteRelationshipsRequest& request,
                            wire::DeleteRelationshipsResponse* response) {
  Ignored<wire::DeleteRelationshipsResponse> ignored;
  return permissions_->DeleteRelationships(NewContext(key_).get(), request,
                                           ignored(response));
}

grpc::Status Client::Check(const wire::CheckPermissionRequest& request,
                           wire::CheckPermissionResponse* response) {
  Ignored<wire::CheckPermissionResponse> ignored;
  return permissions_->CheckPermission(NewContext(key_).get(), request,
                                       ignored(response));
}

grpc::Status Client::CheckBulk(const wire::CheckBulkPermissionsRequest& request,
                               wire::CheckBulkPermissionsResponse* response) {
  Ignored<wire::CheckBulkPermissionsResponse> ignored;
  return permissions_->CheckBulkPermissions(NewContext(key_).get(), request,
                                            ignored(response));
}

grpc::Status Client::Expand(const wire::ExpandPermissionTreeRequest& request,
                            wire::ExpandPermissionTreeResponse* response) {
  Ignored<wire::ExpandPermissionTreeResponse> ignored;
  return permissions_->ExpandPermissionTree(NewContext(key_).get(), request,
                                            ignored(response));
}

grpc::Status Client::Read(const wire::ReadRelationshipsRequest& request,
                          std::vector<wire::ReadRelationshipsResponse>* found) {
  const auto context = NewContext(key_);
  const auto reader = permissions_->ReadRelationships(context.get(), request);
  wire::ReadRelationshipsResponse response;
  while (reader->Read(&response)) {
    if (found != nullptr) found->push_back(response);
  }
  return reader->Finish();
}

std::string Client::Answer(const std::string& resource,
                           const std::string& permission,
                           const std::string& subject) {
  wire::CheckPermissionResponse response;
  const grpc::Status status =
      Check(CheckOf(resource, permission, subject), &response);
  if (!status.ok()) return status.error_message();
  switch (response.permissionship()) {
    case wire::CheckPermissionResponse::PERMISSIONSHIP_HAS_PERMISSION:
      return "HAS";
    case wire::CheckPermissionResponse::PERMISSIONSHIP_NO_PERMISSION:
      return "NO";
    case wire::CheckPermissionResponse::PERMISSIONSHIP_CONDITIONAL_PERMISSION:
      return "CONDITIONAL";
    default:
      return "unspecified";
  }
}

std::vector<std::string> Client::Stored(const std::string& resource_type) {
  wire::ReadRelationshipsRequest request;
  *request.mutable_relationship_filter() = Filter(resource_type);
  std::vector<wire::ReadRelationshipsResponse> found;
  const grpc::Status status = Read(request, &found);
  if (!status.ok()) return {status.error_message()};
  std::vector<std::string> texts;
  for (const auto& item : found) texts.push_back(Text(item.relationship()));
  std::sort(texts.begin(), texts.end());
  return texts;
}

google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (details.ParseFromString(status.error_details()) &&
      details.details_size() == 1) {
    details.details(0).UnpackTo(&info);
  }
  return info;
}

grpc::Status CallByName(const std::shared_ptr<grpc::Channel>& channel,
                        const std::string& method, const std::string& key,
                        const std::string& request) {
  grpc::GenericStub stub(channel);
  const auto context = NewContext(key);
  grpc::CompletionQueue queue;
  const grpc::Slice bytes(request);
  const auto call = stub.PrepareUnaryCall(
      context.get(), method, grpc::ByteBuffer(&bytes, 1), &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status;
}

}  // namespace kith::integration
