#include "schema/unknown_name.h"

#include "base/error.h"
#include "fmt/format.h"

namespace kith::schema {

absl::Status UnknownDefinition(std::string_view definition) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, ErrorReason::kUnknownDefinition,
      fmt::format("object definition \"{}\" is not in the schema", definition),
      {{"definition_name", definition}});
}

absl::Status UnknownRelation(std::string_view definition,
                             std::string_view relation_or_permission) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition,
      ErrorReason::kUnknownRelationOrPermission,
      fmt::format("relation or permission \"{}\" is not in definition \"{}\"",
                  relation_or_permission, definition),
      {{"definition_name", definition},
       {"relation_or_permission_name", relation_or_permission}});
}

}  // namespace kith::schema
