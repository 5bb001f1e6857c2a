#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "authzed/api/v1/core.pb.h"
#include "authzed/api/v1/permission_service.pb.h"
#include "kith/database.h"
#include "kith/values.h"

// Between the messages of the wire and the values of include/kith. From the
// wire: INVALID_ARGUMENT, beginning with the path `field`, for what a value
// type cannot express (a missing message, an unspecified enum); whether names,
// ids and filters are well formed is the database's to say.

namespace kith::service {

namespace wire = ::authzed::api::v1;

// Makes the path of a field: asked only when there is an error, because lists
// are long and paths of their fields take longer than the fields.
using FieldName = absl::FunctionRef<std::string()>;

// INVALID_ARGUMENT `<field>: value is required`.
absl::Status MissingValue(std::string_view field);

absl::StatusOr<ObjectRef> ToObject(bool is_set, const wire::ObjectReference& in,
                                   std::string_view field);
absl::StatusOr<SubjectRef> ToSubject(bool is_set,
                                     const wire::SubjectReference& in,
                                     std::string_view field);
absl::StatusOr<Relationship> ToRelationship(const wire::Relationship& in,
                                            FieldName field);
absl::StatusOr<Update> ToUpdate(const wire::RelationshipUpdate& in,
                                FieldName field);
absl::StatusOr<RelationshipFilter> ToFilter(bool is_set,
                                            const wire::RelationshipFilter& in,
                                            std::string_view field);
absl::StatusOr<Precondition> ToPrecondition(const wire::Precondition& in,
                                            std::string_view field);
absl::StatusOr<Consistency> ToConsistency(const wire::Consistency& in);

wire::PartialCaveatInfo ToCaveatInfo(
    const std::vector<std::string>& missing_context);
void ToProto(const ObjectRef& in, wire::ObjectReference* out);
void ToProto(const SubjectRef& in, wire::SubjectReference* out);
void ToProto(const Relationship& in, wire::Relationship* out);
void ToProto(const ExpandTree& in, wire::PermissionRelationshipTree* out);
wire::CheckPermissionResponse::Permissionship ToProto(Permissionship in);
// Unspecified for no permission, which no lookup has to say.
wire::LookupPermissionship ToLookupProto(Permissionship in);

}  // namespace kith::service
