#include "support/remote_database.h"

#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"

namespace kith::support {
namespace {

namespace v1 = authzed::api::v1;
using tool::AnswerOf;
using tool::Connection;
using tool::FromProto;
using tool::ToProto;

// Answers of one Next().
constexpr size_t kBatch = 100;

absl::Status NotSpoken() {
  return absl::UnimplementedError("not spoken over this connection");
}

Permissionship ToPermissionship(v1::LookupPermissionship wire) {
  switch (wire) {
    case v1::LOOKUP_PERMISSIONSHIP_HAS_PERMISSION:
      return Permissionship::kHasPermission;
    case v1::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION:
      return Permissionship::kConditional;
    default:
      return Permissionship::kNoPermission;  // in no right answer
  }
}

std::vector<std::string> MissingOf(const v1::PartialCaveatInfo& info) {
  const auto& names = info.missing_required_context();
  return {names.begin(), names.end()};
}

FoundResource FromProto(const v1::LookupResourcesResponse& wire) {
  return {wire.resource_object_id(), ToPermissionship(wire.permissionship()),
          MissingOf(wire.partial_caveat_info()),
          wire.after_result_cursor().token()};
}

FoundSubject FromProto(const v1::LookupSubjectsResponse& wire) {
  FoundSubject found{wire.subject().subject_object_id(),
                     ToPermissionship(wire.subject().permissionship()),
                     MissingOf(wire.subject().partial_caveat_info()),
                     {},
                     wire.after_result_cursor().token()};
  for (const v1::ResolvedSubject& out : wire.excluded_subjects()) {
    found.excluded.push_back({out.subject_object_id(),
                              ToPermissionship(out.permissionship()),
                              MissingOf(out.partial_caveat_info())});
  }
  return found;
}

// ResourceStream or SubjectStream (Stream) of messages (Wire).
template <typename Stream, typename Found, typename Wire>
class RemoteStream : public Stream {
 public:
  using Reader = std::unique_ptr<grpc::ClientReader<Wire>>;
  RemoteStream(const Connection* connection,
               std::unique_ptr<grpc::ClientContext> context, Reader reader)
      : connection_(*connection),
        context_(std::move(context)),
        reader_(std::move(reader)) {}
  ~RemoteStream() override {
    if (ended_) return;
    context_->TryCancel();
    Wire rest;
    while (reader_->Read(&rest)) {
    }
    (void)reader_->Finish();
  }

  absl::StatusOr<std::vector<Found>> Next() override {
    std::vector<Found> batch;
    Wire one;
    while (!ended_ && batch.size() < kBatch) {
      if (!reader_->Read(&one)) {
        ended_ = true;
        end_ = connection_.ToStatus(reader_->Finish());
        break;
      }
      looked_up_at_ = one.looked_up_at().token();
      batch.push_back(FromProto(one));
    }
    if (batch.empty() && !end_.ok()) return end_;
    return batch;
  }

  const Token& looked_up_at() const override { return looked_up_at_; }

 private:
  const Connection& connection_;
  const std::unique_ptr<grpc::ClientContext> context_;
  const Reader reader_;
  Token looked_up_at_;  // of the latest message
  bool ended_ = false;
  absl::Status end_;
};

class RemoteDatabase : public Database {
 public:
  explicit RemoteDatabase(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  // ---- Changes --------------------------------------------------------------

  absl::StatusOr<WriteResult> WriteSchema(std::string_view text) override {
    v1::WriteSchemaRequest request;
    request.set_schema(std::string(text));
    v1::WriteSchemaResponse response;
    KITH_RETURN_IF_ERROR(connection_->Call(
        connection_->schema(), &v1::SchemaService::Stub::WriteSchema, request,
        &response));
    return WriteResult{response.written_at().token()};
  }

  absl::StatusOr<SchemaText> ReadSchema() override {
    v1::ReadSchemaResponse response;
    KITH_RETURN_IF_ERROR(connection_->Call(connection_->schema(),
                                           &v1::SchemaService::Stub::ReadSchema,
                                           v1::ReadSchemaRequest(), &response));
    return SchemaText{response.schema_text(), response.read_at().token()};
  }

  absl::StatusOr<WriteResult> Write(WriteRequest request) override {
    if (!request.preconditions.empty()) return NotSpoken();
    v1::WriteRelationshipsRequest wire;
    for (const Update& update : request.updates) {
      v1::RelationshipUpdate* const out = wire.add_updates();
      // The numbers are those of the wire.
      out->set_operation(
          static_cast<v1::RelationshipUpdate::Operation>(update.operation));
      ToProto(update.relationship, out->mutable_relationship());
    }
    v1::WriteRelationshipsResponse response;
    KITH_RETURN_IF_ERROR(connection_->Call(
        connection_->permissions(),
        &v1::PermissionsService::Stub::WriteRelationships, wire, &response));
    return WriteResult{response.written_at().token()};
  }

  absl::StatusOr<DeleteResult> DeleteByFilter(DeleteRequest request) override {
    if (!request.preconditions.empty()) return NotSpoken();
    v1::DeleteRelationshipsRequest wire;
    ToProto(request.filter, wire.mutable_relationship_filter());
    wire.set_optional_limit(request.limit);
    wire.set_optional_allow_partial_deletions(request.allow_partial);
    v1::DeleteRelationshipsResponse response;
    KITH_RETURN_IF_ERROR(connection_->Call(
        connection_->permissions(),
        &v1::PermissionsService::Stub::DeleteRelationships, wire, &response));
    return DeleteResult{
        response.deleted_at().token(), response.relationships_deleted_count(),
        response.deletion_progress() ==
            v1::DeleteRelationshipsResponse::DELETION_PROGRESS_COMPLETE};
  }

  // ---- Questions ------------------------------------------------------------

  absl::StatusOr<ReadPage> Read(const ReadRequest& request) override {
    v1::ReadRelationshipsRequest wire;
    ToProto(request.consistency, wire.mutable_consistency());
    ToProto(request.filter, wire.mutable_relationship_filter());
    wire.set_optional_limit(request.limit);
    if (!request.cursor.empty()) {
      wire.mutable_optional_cursor()->set_token(request.cursor);
    }
    const auto context = connection_->NewUnboundedContext();
    const auto reader =
        connection_->permissions().ReadRelationships(context.get(), wire);
    ReadPage page;
    v1::ReadRelationshipsResponse one;
    while (reader->Read(&one)) {
      page.items.push_back(
          {FromProto(one.relationship()), one.after_result_cursor().token()});
      page.read_at = one.read_at().token();
    }
    KITH_RETURN_IF_ERROR(connection_->ToStatus(reader->Finish()));
    page.more = request.limit > 0 && page.items.size() == request.limit;
    return page;
  }

  absl::StatusOr<CheckResult> Check(const CheckRequest& request) override {
    v1::CheckPermissionRequest wire;
    ToProto(request.consistency, wire.mutable_consistency());
    ToProto(request.resource, wire.mutable_resource());
    wire.set_permission(request.permission);
    ToProto(request.subject, wire.mutable_subject());
    if (!request.context.empty()) {
      ToProto(request.context, wire.mutable_context());
    }
    v1::CheckPermissionResponse response;
    KITH_RETURN_IF_ERROR(connection_->Call(
        connection_->permissions(),
        &v1::PermissionsService::Stub::CheckPermission, wire, &response));
    CheckResult result;
    static_cast<CheckAnswer&>(result) =
        AnswerOf(response.permissionship(), response.partial_caveat_info());
    result.checked_at = response.checked_at().token();
    return result;
  }

  absl::StatusOr<BulkCheckResult> CheckBulk(
      const BulkCheckRequest& request) override {
    v1::CheckBulkPermissionsRequest wire;
    ToProto(request.consistency, wire.mutable_consistency());
    for (const CheckItem& item : request.items) {
      auto* const out = wire.add_items();
      ToProto(item.resource, out->mutable_resource());
      out->set_permission(item.permission);
      ToProto(item.subject, out->mutable_subject());
      if (!item.context.empty()) ToProto(item.context, out->mutable_context());
    }
    v1::CheckBulkPermissionsResponse response;
    KITH_RETURN_IF_ERROR(connection_->Call(
        connection_->permissions(),
        &v1::PermissionsService::Stub::CheckBulkPermissions, wire, &response));
    if (static_cast<size_t>(response.pairs_size()) != request.items.size()) {
      return absl::InternalError("not one answer for each item");
    }
    BulkCheckResult result;
    result.checked_at = response.checked_at().token();
    for (const v1::CheckBulkPermissionsPair& pair : response.pairs()) {
      if (pair.has_error()) {
        result.answers.push_back(tool::FromGrpcStatus(grpc::Status(
            static_cast<grpc::StatusCode>(pair.error().code()),
            pair.error().message(), pair.error().SerializeAsString())));
      } else {
        result.answers.push_back(AnswerOf(pair.item().permissionship(),
                                          pair.item().partial_caveat_info()));
      }
    }
    return result;
  }

  absl::StatusOr<ExpandResult> Expand(const ExpandRequest& request) override {
    v1::ExpandPermissionTreeRequest wire;
    ToProto(request.consistency, wire.mutable_consistency());
    ToProto(request.resource, wire.mutable_resource());
    wire.set_permission(request.permission);
    v1::ExpandPermissionTreeResponse response;
    KITH_RETURN_IF_ERROR(connection_->Call(
        connection_->permissions(),
        &v1::PermissionsService::Stub::ExpandPermissionTree, wire, &response));
    return ExpandResult{FromProto(response.tree_root()),
                        response.expanded_at().token()};
  }

  absl::StatusOr<std::unique_ptr<ResourceStream>> LookupResources(
      const LookupResourcesRequest& request) override {
    v1::LookupResourcesRequest wire;
    ToProto(request.consistency, wire.mutable_consistency());
    wire.set_resource_object_type(request.resource_type);
    wire.set_permission(request.permission);
    ToProto(request.subject, wire.mutable_subject());
    if (!request.context.empty()) {
      ToProto(request.context, wire.mutable_context());
    }
    wire.set_optional_limit(request.limit);
    if (!request.cursor.empty()) {
      wire.mutable_optional_cursor()->set_token(request.cursor);
    }
    auto context = connection_->NewUnboundedContext();
    auto reader =
        connection_->permissions().LookupResources(context.get(), wire);
    return std::make_unique<RemoteStream<ResourceStream, FoundResource,
                                         v1::LookupResourcesResponse>>(
        connection_.get(), std::move(context), std::move(reader));
  }

  absl::StatusOr<std::unique_ptr<SubjectStream>> LookupSubjects(
      const LookupSubjectsRequest& request) override {
    v1::LookupSubjectsRequest wire;
    ToProto(request.consistency, wire.mutable_consistency());
    ToProto(request.resource, wire.mutable_resource());
    wire.set_permission(request.permission);
    wire.set_subject_object_type(request.subject_type);
    wire.set_optional_subject_relation(request.subject_relation);
    if (!request.context.empty()) {
      ToProto(request.context, wire.mutable_context());
    }
    wire.set_wildcard_option(
        request.include_wildcards
            ? v1::LookupSubjectsRequest::WILDCARD_OPTION_INCLUDE_WILDCARDS
            : v1::LookupSubjectsRequest::WILDCARD_OPTION_EXCLUDE_WILDCARDS);
    wire.set_optional_concrete_limit(request.concrete_limit);
    if (!request.cursor.empty()) {
      wire.mutable_optional_cursor()->set_token(request.cursor);
    }
    auto context = connection_->NewUnboundedContext();
    auto reader =
        connection_->permissions().LookupSubjects(context.get(), wire);
    return std::make_unique<
        RemoteStream<SubjectStream, FoundSubject, v1::LookupSubjectsResponse>>(
        connection_.get(), std::move(context), std::move(reader));
  }

  // ---- What no test has asked a server for in this way ----------------------

  absl::StatusOr<ReflectSchemaResult> ReflectSchema(
      const ReflectSchemaRequest&) override {
    return NotSpoken();
  }
  absl::StatusOr<DiffSchemaResult> DiffSchema(
      const DiffSchemaRequest&) override {
    return NotSpoken();
  }
  absl::StatusOr<RelationReferences> ComputablePermissions(
      const ComputablePermissionsRequest&) override {
    return NotSpoken();
  }
  absl::StatusOr<RelationReferences> DependentRelations(
      const DependentRelationsRequest&) override {
    return NotSpoken();
  }
  void WriteAsync(
      WriteRequest,
      std::function<void(absl::StatusOr<WriteResult>)> done) override {
    done(NotSpoken());
  }
  void DeleteByFilterAsync(
      DeleteRequest,
      std::function<void(absl::StatusOr<DeleteResult>)> done) override {
    done(NotSpoken());
  }
  void WriteSchemaAsync(
      std::string,
      std::function<void(absl::StatusOr<WriteResult>)> done) override {
    done(NotSpoken());
  }
  std::unique_ptr<Importer> NewImport(const ImportRequest&) override {
    return nullptr;
  }
  absl::StatusOr<ExportPage> Export(const ExportRequest&) override {
    return NotSpoken();
  }
  absl::Status RegisterCounter(std::string_view, RelationshipFilter) override {
    return NotSpoken();
  }
  absl::Status UnregisterCounter(std::string_view) override {
    return NotSpoken();
  }
  void RegisterCounterAsync(std::string, RelationshipFilter,
                            std::function<void(absl::Status)> done) override {
    done(NotSpoken());
  }
  void UnregisterCounterAsync(std::string,
                              std::function<void(absl::Status)> done) override {
    done(NotSpoken());
  }
  absl::StatusOr<CountResult> Count(std::string_view) override {
    return NotSpoken();
  }
  absl::StatusOr<std::unique_ptr<Watcher>> Watch(const WatchRequest&) override {
    return NotSpoken();
  }
  absl::Status Checkpoint(const std::string&) override { return NotSpoken(); }
  absl::Status CollectGarbage() override { return NotSpoken(); }
  DatabaseStats Stats() const override { return {}; }

 private:
  const std::unique_ptr<Connection> connection_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> ConnectDatabase(std::string address,
                                                          std::string key) {
  tool::Target target;
  target.endpoint = std::move(address);
  target.token = std::move(key);
  KITH_ASSIGN_OR_RETURN(auto connection, Connection::Open(std::move(target)));
  return std::make_unique<RemoteDatabase>(std::move(connection));
}

}  // namespace kith::support
