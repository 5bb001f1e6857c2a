#include "service/schema_service.h"

#include <utility>

#include "authzed/api/v1/schema_service.pb.h"
#include "base/status_macros.h"

namespace kith::service {

void AddSchemaMethods(Database* database, MethodTable* methods) {
  namespace wire = authzed::api::v1;
  const std::string service = "/authzed.api.v1.SchemaService/";
  methods->Unary<wire::WriteSchemaRequest, wire::WriteSchemaResponse>(
      service + "WriteSchema",
      [database](auto&, const auto& in, auto* out) -> absl::Status {
        KITH_ASSIGN_OR_RETURN(WriteResult result,
                              database->WriteSchema(in.schema()));
        out->mutable_written_at()->set_token(std::move(result.written_at));
        return absl::OkStatus();
      },
      [](const auto&) { return true; });
  methods->Unary<wire::ReadSchemaRequest, wire::ReadSchemaResponse>(
      service + "ReadSchema",
      [database](auto&, const auto&, auto* out) -> absl::Status {
        KITH_ASSIGN_OR_RETURN(SchemaText schema, database->ReadSchema());
        out->set_schema_text(std::move(schema.text));
        out->mutable_read_at()->set_token(std::move(schema.read_at));
        return absl::OkStatus();
      },
      [](const auto&) { return true; });
}

}  // namespace kith::service
