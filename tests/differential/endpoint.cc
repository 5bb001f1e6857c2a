#include "differential/endpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "differential/tree_form.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tools/kith/convert.h"

namespace kith::differential {
namespace {

using property::Question;

// Changes end, however slow the machine is.
constexpr std::chrono::seconds kChangeTimeout(60);

std::string ReasonOf(const google::rpc::Status& status) {
  for (const auto& detail : status.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) return info.reason();
  }
  return "";
}

Permissionship ToPermissionship(v1::LookupPermissionship in) {
  return in == v1::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION
             ? Permissionship::kHasPermission
             : Permissionship::kConditional;
}

void Newest(v1::Consistency* consistency) {
  consistency->set_fully_consistent(true);
}

ObjectRef ResourceOf(const Question& question) {
  return {question.atom.type, question.atom.id};
}

// The types that a schema in canonical format defines.
std::vector<std::string> DefinedTypes(const std::string& schema) {
  constexpr std::string_view kStart = "definition ";
  std::vector<std::string> types;
  for (size_t at = schema.find(kStart); at != std::string::npos;
       at = schema.find(kStart, at + 1)) {
    if (at > 0 && schema[at - 1] != '\n') continue;
    const size_t begin = at + kStart.size();
    types.push_back(
        schema.substr(begin, schema.find_first_of(" {", begin) - begin));
  }
  return types;
}

// Drains a stream of answers; `use` takes each.
template <typename Reader, typename Response, typename Use>
Reply Drain(Reader* reader, Response response, Use use) {
  Reply reply;
  while (reader->Read(&response)) use(response, &reply);
  const Reply end = ToReply(reader->Finish());
  if (end.ok()) return reply;
  return end;
}

}  // namespace

std::string Reply::ToString() const {
  if (!ok()) {
    return fmt::format("error {} {}: {}", static_cast<int>(code), reason,
                       message);
  }
  std::string text;
  for (const auto& [key, value] : values) {
    if (!text.empty()) text += ", ";
    text += key.empty() ? value : key + " " + value;
    const auto it = missing.find(key);
    if (it != missing.end()) {
      text += fmt::format(" [{}]", fmt::join(it->second, " "));
    }
  }
  return "{" + text + "}";
}

Reply ToReply(const grpc::Status& status) {
  Reply reply;
  reply.code = status.error_code();
  reply.message = status.error_message();
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    reply.reason = ReasonOf(details);
  }
  return reply;
}

void SetAnswer(const std::string& key, Permissionship permissionship,
               const v1::PartialCaveatInfo& info, Reply* reply) {
  // A stronger answer to the same key wins: a server may send one twice.
  std::string& value = reply->values[key];
  if (value == kYes) return;
  value = permissionship == Permissionship::kHasPermission  ? kYes
          : permissionship == Permissionship::kNoPermission ? kNo
                                                            : kConditional;
  reply->missing.erase(key);
  if (value != kConditional) return;
  const auto& names = info.missing_required_context();
  reply->missing[key].insert(names.begin(), names.end());
}

Endpoint::Endpoint(const std::string& address, std::string key,
                   std::chrono::milliseconds timeout)
    : key_(std::move(key)), timeout_(timeout) {
  Connect(address);
}

void Endpoint::Connect(const std::string& address) {
  const auto channel =
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  permissions_ = v1::PermissionsService::NewStub(channel);
  schema_ = v1::SchemaService::NewStub(channel);
}

std::unique_ptr<grpc::ClientContext> Endpoint::NewContext() const {
  return NewContext(timeout_);
}

std::unique_ptr<grpc::ClientContext> Endpoint::NewContext(
    std::chrono::milliseconds timeout) const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + timeout);
  context->set_wait_for_ready(true);
  if (!key_.empty()) context->AddMetadata("authorization", "Bearer " + key_);
  return context;
}

// ---- Changes ----------------------------------------------------------------

Reply Endpoint::Clear() {
  v1::ReadSchemaResponse schema;
  const Reply read = ToReply(schema_->ReadSchema(
      NewContext(kChangeTimeout).get(), v1::ReadSchemaRequest(), &schema));
  if (read.code == grpc::StatusCode::NOT_FOUND) return {};
  if (!read.ok()) return read;
  const auto types = DefinedTypes(schema.schema_text());
  for (const std::string& type : types) {
    v1::DeleteRelationshipsRequest request;
    request.mutable_relationship_filter()->set_resource_type(type);
    v1::DeleteRelationshipsResponse response;
    const Reply reply = ToReply(permissions_->DeleteRelationships(
        NewContext(kChangeTimeout).get(), request, &response));
    if (!reply.ok()) return reply;
  }
  // Caveats must go before others of their names may come.
  return WriteSchema("definition nothing {}\n");
}

Reply Endpoint::WriteSchema(const std::string& text) {
  v1::WriteSchemaRequest request;
  request.set_schema(text);
  v1::WriteSchemaResponse response;
  return ToReply(schema_->WriteSchema(NewContext(kChangeTimeout).get(), request,
                                      &response));
}

Reply Endpoint::Write(const std::vector<Relationship>& relationships) {
  v1::WriteRelationshipsRequest request;
  for (const Relationship& r : relationships) {
    v1::RelationshipUpdate* const update = request.add_updates();
    update->set_operation(v1::RelationshipUpdate::OPERATION_TOUCH);
    tool::ToProto(r, update->mutable_relationship());
  }
  v1::WriteRelationshipsResponse response;
  return ToReply(permissions_->WriteRelationships(
      NewContext(kChangeTimeout).get(), request, &response));
}

// ---- Questions --------------------------------------------------------------

Reply Endpoint::Check(const Question& question) {
  v1::CheckPermissionRequest request;
  Newest(request.mutable_consistency());
  tool::ToProto(ResourceOf(question), request.mutable_resource());
  request.set_permission(question.atom.name);
  tool::ToProto(question.subject, request.mutable_subject());
  tool::ToProto(question.context, request.mutable_context());
  v1::CheckPermissionResponse response;
  Reply reply = ToReply(
      permissions_->CheckPermission(NewContext().get(), request, &response));
  if (!reply.ok()) return reply;
  const CheckAnswer answer =
      tool::AnswerOf(response.permissionship(), response.partial_caveat_info());
  SetAnswer("", answer.permissionship, response.partial_caveat_info(), &reply);
  return reply;
}

std::vector<Reply> Endpoint::CheckBulk(const std::vector<Question>& questions) {
  v1::CheckBulkPermissionsRequest request;
  Newest(request.mutable_consistency());
  for (const Question& question : questions) {
    auto* const item = request.add_items();
    tool::ToProto(ResourceOf(question), item->mutable_resource());
    item->set_permission(question.atom.name);
    tool::ToProto(question.subject, item->mutable_subject());
    if (question.context.empty()) continue;
    tool::ToProto(question.context, item->mutable_context());
  }
  v1::CheckBulkPermissionsResponse response;
  const Reply all = ToReply(permissions_->CheckBulkPermissions(
      NewContext().get(), request, &response));
  if (!all.ok()) return {all};
  std::vector<Reply> replies;
  for (const auto& pair : response.pairs()) {
    Reply& reply = replies.emplace_back();
    if (pair.has_error()) {
      reply.code = static_cast<grpc::StatusCode>(pair.error().code());
      reply.message = pair.error().message();
      reply.reason = ReasonOf(pair.error());
      continue;
    }
    const CheckAnswer answer = tool::AnswerOf(
        pair.item().permissionship(), pair.item().partial_caveat_info());
    SetAnswer("", answer.permissionship, pair.item().partial_caveat_info(),
              &reply);
  }
  return replies;
}

Reply Endpoint::LookupResources(const Question& question) {
  v1::LookupResourcesRequest request;
  Newest(request.mutable_consistency());
  request.set_resource_object_type(question.atom.type);
  request.set_permission(question.atom.name);
  tool::ToProto(question.subject, request.mutable_subject());
  tool::ToProto(question.context, request.mutable_context());
  const auto context = NewContext();
  const auto reader = permissions_->LookupResources(context.get(), request);
  return Drain(reader.get(), v1::LookupResourcesResponse(),
               [](const v1::LookupResourcesResponse& one, Reply* reply) {
                 SetAnswer(one.resource_object_id(),
                           ToPermissionship(one.permissionship()),
                           one.partial_caveat_info(), reply);
               });
}

Reply Endpoint::LookupSubjects(const Question& question) {
  v1::LookupSubjectsRequest request;
  Newest(request.mutable_consistency());
  tool::ToProto(ResourceOf(question), request.mutable_resource());
  request.set_permission(question.atom.name);
  request.set_subject_object_type(question.subject.object.type);
  request.set_optional_subject_relation(question.subject.relation);
  tool::ToProto(question.context, request.mutable_context());
  const auto context = NewContext();
  const auto reader = permissions_->LookupSubjects(context.get(), request);
  return Drain(reader.get(), v1::LookupSubjectsResponse(),
               [](const v1::LookupSubjectsResponse& one, Reply* reply) {
                 SetAnswer(one.subject().subject_object_id(),
                           ToPermissionship(one.subject().permissionship()),
                           one.subject().partial_caveat_info(), reply);
                 for (const auto& other : one.excluded_subjects()) {
                   SetAnswer("!" + other.subject_object_id(),
                             ToPermissionship(other.permissionship()),
                             other.partial_caveat_info(), reply);
                 }
               });
}

Reply Endpoint::Expand(const Question& question) {
  v1::ExpandPermissionTreeRequest request;
  Newest(request.mutable_consistency());
  tool::ToProto(ResourceOf(question), request.mutable_resource());
  request.set_permission(question.atom.name);
  v1::ExpandPermissionTreeResponse response;
  Reply reply = ToReply(permissions_->ExpandPermissionTree(NewContext().get(),
                                                           request, &response));
  if (reply.ok()) {
    reply.values[""] = TreeForm(tool::FromProto(response.tree_root()));
  }
  return reply;
}

Reply Endpoint::Read(const RelationshipFilter& filter) {
  v1::ReadRelationshipsRequest request;
  Newest(request.mutable_consistency());
  tool::ToProto(filter, request.mutable_relationship_filter());
  const auto context = NewContext();
  const auto reader = permissions_->ReadRelationships(context.get(), request);
  return Drain(reader.get(), v1::ReadRelationshipsResponse(),
               [](const v1::ReadRelationshipsResponse& one, Reply* reply) {
                 const auto r = tool::FromProto(one.relationship());
                 reply->values[r.ToString()] = "";
               });
}

}  // namespace kith::differential
