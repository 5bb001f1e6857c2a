#pragma once

#include "authzed/api/v1/debug.pb.h"
#include "authzed/api/v1/permission_service.pb.h"
#include "kith/database.h"
#include "kith/trace.h"
#include "kith/values.h"

// The library's values as messages of authzed.api.v1 and back.

namespace kith::tool {

namespace v1 = authzed::api::v1;

void ToProto(const Struct& value, google::protobuf::Struct* proto);
void ToProto(const ObjectRef& object, v1::ObjectReference* proto);
void ToProto(const SubjectRef& subject, v1::SubjectReference* proto);
void ToProto(const Relationship& relationship, v1::Relationship* proto);
void ToProto(const RelationshipFilter& filter, v1::RelationshipFilter* proto);
void ToProto(const Consistency& consistency, v1::Consistency* proto);

Struct FromProto(const google::protobuf::Struct& proto);
ObjectRef FromProto(const v1::ObjectReference& proto);
SubjectRef FromProto(const v1::SubjectReference& proto);
Relationship FromProto(const v1::Relationship& proto);
ExpandTree FromProto(const v1::PermissionRelationshipTree& proto);

// What the wire does not say, or says of another kind than this server does (a
// source that is no relationship), is absent.
CheckTrace FromProto(const v1::DebugInformation& proto);

// Unknown values of the wire are "no": never more than was said.
CheckAnswer AnswerOf(v1::CheckPermissionResponse::Permissionship permissionship,
                     const v1::PartialCaveatInfo& info);

}  // namespace kith::tool
