#include "db/schema_reads.h"

#include "base/status_macros.h"
#include "db/command.h"
#include "schema/dependence.h"
#include "schema/difference.h"
#include "schema/reflection.h"

namespace kith::db {

absl::StatusOr<ReflectSchemaResult> ReflectSchema(
    const ReflectSchemaRequest& request, const Parts& parts) {
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(request.consistency, parts));
  ReflectSchemaResult result;
  KITH_ASSIGN_OR_RETURN(
      result.schema, schema::Reflect(view.schema->schema(), request.filters));
  result.read_at = parts.tokens->Encode(view.snapshot->revision());
  return result;
}

absl::StatusOr<DiffSchemaResult> DiffSchema(const DiffSchemaRequest& request,
                                            const Parts& parts) {
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(request.consistency, parts));
  // Refused where writing it would be.
  KITH_ASSIGN_OR_RETURN(const SchemaCommand newer,
                        MakeSchemaCommand(request.comparison, parts.options));
  DiffSchemaResult result;
  result.differences = schema::Difference(view.schema->schema(), *newer.schema);
  result.read_at = parts.tokens->Encode(view.snapshot->revision());
  return result;
}

absl::StatusOr<RelationReferences> ComputablePermissions(
    const ComputablePermissionsRequest& request, const Parts& parts) {
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(request.consistency, parts));
  RelationReferences result;
  KITH_ASSIGN_OR_RETURN(result.relations,
                        schema::ComputablePermissions(
                            view.schema->schema(), request.definition,
                            request.relation, request.definition_prefix));
  result.read_at = parts.tokens->Encode(view.snapshot->revision());
  return result;
}

absl::StatusOr<RelationReferences> DependentRelations(
    const DependentRelationsRequest& request, const Parts& parts) {
  KITH_ASSIGN_OR_RETURN(const View view, ViewFor(request.consistency, parts));
  RelationReferences result;
  KITH_ASSIGN_OR_RETURN(
      result.relations,
      schema::DependentRelations(view.schema->schema(), request.definition,
                                 request.permission));
  result.read_at = parts.tokens->Encode(view.snapshot->revision());
  return result;
}

}  // namespace kith::db
