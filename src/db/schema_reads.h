#pragma once

#include "absl/status/statusor.h"
#include "db/parts.h"
#include "kith/schema_reads.h"

// The calls of Database that read the schema in parts.

namespace kith::db {

absl::StatusOr<ReflectSchemaResult> ReflectSchema(
    const ReflectSchemaRequest& request, const Parts& parts);
absl::StatusOr<DiffSchemaResult> DiffSchema(const DiffSchemaRequest& request,
                                            const Parts& parts);
absl::StatusOr<RelationReferences> ComputablePermissions(
    const ComputablePermissionsRequest& request, const Parts& parts);
absl::StatusOr<RelationReferences> DependentRelations(
    const DependentRelationsRequest& request, const Parts& parts);

}  // namespace kith::db
