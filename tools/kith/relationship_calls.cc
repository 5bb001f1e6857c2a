#include "tools/kith/relationship_calls.h"

#include "base/status_macros.h"
#include "tools/kith/convert.h"

namespace kith::tool {
namespace {

v1::RelationshipUpdate::Operation OnWire(Update::Operation operation) {
  switch (operation) {
    case Update::Operation::kCreate:
      return v1::RelationshipUpdate::OPERATION_CREATE;
    case Update::Operation::kDelete:
      return v1::RelationshipUpdate::OPERATION_DELETE;
    case Update::Operation::kTouch:
      break;
  }
  return v1::RelationshipUpdate::OPERATION_TOUCH;
}

}  // namespace

absl::StatusOr<Token> WriteAll(Connection& connection,
                               Update::Operation operation,
                               const std::vector<Relationship>& relationships) {
  v1::WriteRelationshipsRequest request;
  for (const Relationship& relationship : relationships) {
    auto* update = request.add_updates();
    update->set_operation(OnWire(operation));
    ToProto(relationship, update->mutable_relationship());
  }
  v1::WriteRelationshipsResponse response;
  KITH_RETURN_IF_ERROR(connection.Call(
      connection.permissions(),
      &v1::PermissionsService::Stub::WriteRelationships, request, &response));
  return response.written_at().token();
}

}  // namespace kith::tool
