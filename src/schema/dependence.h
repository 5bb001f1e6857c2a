#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kith/schema_tools.h"
#include "schema/schema.h"

// Which relations and permissions of a schema rest on which. Both functions
// take time linear in the schema and return references sorted by definition
// and name. FAILED_PRECONDITION UNKNOWN_DEFINITION or
// UNKNOWN_RELATION_OR_PERMISSION for names that the schema lacks.

namespace kith::schema {

// What those who have `relation` (when empty: the objects of `definition`) may
// come to have by it, in definitions that begin with `definition_prefix`.
absl::StatusOr<std::vector<RelationReference>> ComputablePermissions(
    const Schema& schema, std::string_view definition,
    std::string_view relation, std::string_view definition_prefix);

// What decides who has `permission`. INVALID_ARGUMENT
// UNKNOWN_RELATION_OR_PERMISSION when it is a relation.
absl::StatusOr<std::vector<RelationReference>> DependentRelations(
    const Schema& schema, std::string_view definition,
    std::string_view permission);

}  // namespace kith::schema
