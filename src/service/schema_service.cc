#include "service/schema_service.h"

#include <string>
#include <utility>

#include "authzed/api/v1/experimental_service.pb.h"
#include "authzed/api/v1/schema_service.pb.h"
#include "base/status_macros.h"
#include "service/convert.h"
#include "service/schema_convert.h"

namespace kith::service {
namespace {

// Answering takes as long as the schema is large.
constexpr auto kAlwaysLong = [](const auto&) { return true; };

// The messages of the four methods below are there twice, with the same fields:
// under their names and as older ones of ExperimentalService.

template <typename In, typename Out>
absl::Status Reflect(Database* database, const In& in, Out* out) {
  ReflectSchemaRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  for (const auto& filter : in.optional_filters()) {
    request.filters.push_back(
        {.definition = filter.optional_definition_name_filter(),
         .caveat = filter.optional_caveat_name_filter(),
         .relation = filter.optional_relation_name_filter(),
         .permission = filter.optional_permission_name_filter()});
  }
  KITH_ASSIGN_OR_RETURN(ReflectSchemaResult result,
                        database->ReflectSchema(request));
  for (const auto& definition : result.schema.definitions) {
    SetPart(definition, out->add_definitions());
  }
  for (const auto& caveat : result.schema.caveats) {
    SetPart(caveat, out->add_caveats());
  }
  out->mutable_read_at()->set_token(std::move(result.read_at));
  return absl::OkStatus();
}

template <typename In, typename Out>
absl::Status Diff(Database* database, const In& in, Out* out) {
  DiffSchemaRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  request.comparison = in.comparison_schema();
  KITH_ASSIGN_OR_RETURN(DiffSchemaResult result, database->DiffSchema(request));
  for (const SchemaDifference& difference : result.differences) {
    SetDifference(difference, out->add_diffs());
  }
  out->mutable_read_at()->set_token(std::move(result.read_at));
  return absl::OkStatus();
}

template <typename Out>
void SetReference(const RelationReference& in, Out* out) {
  out->set_definition_name(in.definition);
  out->set_relation_name(in.name);
  out->set_is_permission(in.is_permission);
}

template <typename In, typename Out>
absl::Status Computable(Database* database, const In& in, Out* out) {
  ComputablePermissionsRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  request.definition = in.definition_name();
  request.relation = in.relation_name();
  request.definition_prefix = in.optional_definition_name_filter();
  KITH_ASSIGN_OR_RETURN(RelationReferences result,
                        database->ComputablePermissions(request));
  for (const RelationReference& reference : result.relations) {
    SetReference(reference, out->add_permissions());
  }
  out->mutable_read_at()->set_token(std::move(result.read_at));
  return absl::OkStatus();
}

template <typename In, typename Out>
absl::Status Dependent(Database* database, const In& in, Out* out) {
  DependentRelationsRequest request;
  KITH_ASSIGN_OR_RETURN(request.consistency, ToConsistency(in.consistency()));
  request.definition = in.definition_name();
  request.permission = in.permission_name();
  KITH_ASSIGN_OR_RETURN(RelationReferences result,
                        database->DependentRelations(request));
  for (const RelationReference& reference : result.relations) {
    SetReference(reference, out->add_relations());
  }
  out->mutable_read_at()->set_token(std::move(result.read_at));
  return absl::OkStatus();
}

template <typename In, typename Out>
void AddReading(MethodTable* methods, Database* database, std::string name,
                absl::Status (*handler)(Database*, const In&, Out*)) {
  methods->Unary<In, Out>(
      "/authzed.api.v1." + name,
      [database, handler](auto&, const In& in, Out* out) {
        return handler(database, in, out);
      },
      kAlwaysLong);
}

}  // namespace

void AddSchemaMethods(Database* database, MethodTable* methods) {
  const std::string service = "/authzed.api.v1.SchemaService/";
  methods->Unary<wire::WriteSchemaRequest, wire::WriteSchemaResponse>(
      service + "WriteSchema",
      [database](auto&, const auto& in, auto* out) -> absl::Status {
        KITH_ASSIGN_OR_RETURN(WriteResult result,
                              database->WriteSchema(in.schema()));
        out->mutable_written_at()->set_token(std::move(result.written_at));
        return absl::OkStatus();
      },
      kAlwaysLong);
  methods->Unary<wire::ReadSchemaRequest, wire::ReadSchemaResponse>(
      service + "ReadSchema",
      [database](auto&, const auto&, auto* out) -> absl::Status {
        KITH_ASSIGN_OR_RETURN(SchemaText schema, database->ReadSchema());
        out->set_schema_text(std::move(schema.text));
        out->mutable_read_at()->set_token(std::move(schema.read_at));
        return absl::OkStatus();
      },
      kAlwaysLong);
  AddReading(methods, database, "SchemaService/ReflectSchema",
             Reflect<wire::ReflectSchemaRequest, wire::ReflectSchemaResponse>);
  AddReading(methods, database, "SchemaService/DiffSchema",
             Diff<wire::DiffSchemaRequest, wire::DiffSchemaResponse>);
  AddReading(methods, database, "SchemaService/ComputablePermissions",
             Computable<wire::ComputablePermissionsRequest,
                        wire::ComputablePermissionsResponse>);
  AddReading(methods, database, "SchemaService/DependentRelations",
             Dependent<wire::DependentRelationsRequest,
                       wire::DependentRelationsResponse>);
  AddReading(methods, database, "ExperimentalService/ExperimentalReflectSchema",
             Reflect<wire::ExperimentalReflectSchemaRequest,
                     wire::ExperimentalReflectSchemaResponse>);
  AddReading(methods, database, "ExperimentalService/ExperimentalDiffSchema",
             Diff<wire::ExperimentalDiffSchemaRequest,
                  wire::ExperimentalDiffSchemaResponse>);
  AddReading(methods, database,
             "ExperimentalService/ExperimentalComputablePermissions",
             Computable<wire::ExperimentalComputablePermissionsRequest,
                        wire::ExperimentalComputablePermissionsResponse>);
  AddReading(methods, database,
             "ExperimentalService/ExperimentalDependentRelations",
             Dependent<wire::ExperimentalDependentRelationsRequest,
                       wire::ExperimentalDependentRelationsResponse>);
}

}  // namespace kith::service
