#include "service/relationship_service.h"

#include <fmt/format.h>

#include <utility>

#include "authzed/api/v1/permission_service.pb.h"
#include "base/status_macros.h"
#include "service/convert.h"
#include "service/relationship_stream.h"
#include "service/struct_convert.h"

namespace kith::service {
namespace {

template <typename Preconditions>
absl::StatusOr<std::vector<Precondition>> ToPreconditions(
    const Preconditions& in) {
  std::vector<Precondition> out;
  out.reserve(in.size());
  for (int i = 0; i < in.size(); ++i) {
    KITH_ASSIGN_OR_RETURN(
        out.emplace_back(),
        ToPrecondition(in[i], fmt::format("optional_preconditions[{}]", i)));
  }
  return out;
}

absl::StatusOr<WriteRequest> ToWriteRequest(
    const wire::WriteRelationshipsRequest& in) {
  WriteRequest out;
  out.updates.reserve(in.updates_size());
  for (int i = 0; i < in.updates_size(); ++i) {
    KITH_ASSIGN_OR_RETURN(
        out.updates.emplace_back(),
        ToUpdate(in.updates(i), [i] { return fmt::format("updates[{}]", i); }));
  }
  KITH_ASSIGN_OR_RETURN(out.preconditions,
                        ToPreconditions(in.optional_preconditions()));
  KITH_ASSIGN_OR_RETURN(out.metadata,
                        ToStruct(in.optional_transaction_metadata(),
                                 "optional_transaction_metadata"));
  return out;
}

absl::StatusOr<DeleteRequest> ToDeleteRequest(
    const wire::DeleteRelationshipsRequest& in) {
  DeleteRequest out;
  KITH_ASSIGN_OR_RETURN(
      out.filter, ToFilter(in.has_relationship_filter(),
                           in.relationship_filter(), "relationship_filter"));
  KITH_ASSIGN_OR_RETURN(out.preconditions,
                        ToPreconditions(in.optional_preconditions()));
  out.limit = in.optional_limit();
  out.allow_partial = in.optional_allow_partial_deletions();
  KITH_ASSIGN_OR_RETURN(out.metadata,
                        ToStruct(in.optional_transaction_metadata(),
                                 "optional_transaction_metadata"));
  return out;
}

void Write(Database* database, const wire::WriteRelationshipsRequest& in,
           wire::WriteRelationshipsResponse* out, Done done) {
  auto request = ToWriteRequest(in);
  if (!request.ok()) return done(request.status());
  database->WriteAsync(
      *std::move(request),
      [out, done = std::move(done)](absl::StatusOr<WriteResult> result) {
        if (!result.ok()) return done(result.status());
        out->mutable_written_at()->set_token(std::move(result->written_at));
        done(absl::OkStatus());
      });
}

void Delete(Database* database, const wire::DeleteRelationshipsRequest& in,
            wire::DeleteRelationshipsResponse* out, Done done) {
  auto request = ToDeleteRequest(in);
  if (!request.ok()) return done(request.status());
  database->DeleteByFilterAsync(
      *std::move(request),
      [out, done = std::move(done)](absl::StatusOr<DeleteResult> result) {
        using Response = wire::DeleteRelationshipsResponse;
        if (!result.ok()) return done(result.status());
        out->mutable_deleted_at()->set_token(std::move(result->deleted_at));
        out->set_relationships_deleted_count(result->deleted);
        out->set_deletion_progress(result->complete
                                       ? Response::DELETION_PROGRESS_COMPLETE
                                       : Response::DELETION_PROGRESS_PARTIAL);
        done(absl::OkStatus());
      });
}

}  // namespace

void AddRelationshipMethods(Database* database, MethodTable* methods) {
  const std::string service = "/authzed.api.v1.PermissionsService/";
  methods->ServerStream<wire::ReadRelationshipsRequest>(
      service + "ReadRelationships", [database](auto& context, const auto& in) {
        context.operations = 1;
        return StreamRelationships(database, in);
      });
  methods->AsyncUnary<wire::WriteRelationshipsRequest,
                      wire::WriteRelationshipsResponse>(
      service + "WriteRelationships",
      [database](auto&, auto&& in, auto* out, Done done) {
        Write(database, in, out, std::move(done));
      });
  methods->AsyncUnary<wire::DeleteRelationshipsRequest,
                      wire::DeleteRelationshipsResponse>(
      service + "DeleteRelationships",
      [database](auto&, auto&& in, auto* out, Done done) {
        Delete(database, in, out, std::move(done));
      });
}

}  // namespace kith::service
