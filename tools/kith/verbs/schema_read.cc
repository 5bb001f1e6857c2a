#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/errors.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

absl::StatusOr<int> SchemaRead(Tool& tool) {
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  v1::ReadSchemaResponse response;
  KITH_RETURN_IF_ERROR(connection->Call(connection->schema(),
                                        &v1::SchemaService::Stub::ReadSchema,
                                        v1::ReadSchemaRequest(), &response));
  if (tool.output.json) {
    tool.output.Result("", {{"schema", response.schema_text()},
                            {"read_at", response.read_at().token()}});
    return kExitOk;
  }
  std::string text = response.schema_text();
  if (!text.ends_with('\n')) text += '\n';
  tool.output.Raw(text);
  return kExitOk;
}

}  // namespace

void AddSchemaReadVerb(CLI::App& schema, Tool& tool) {
  CLI::App* verb =
      schema.add_subcommand("read", "Print the schema of the server");
  AddConnectionFlags(*verb, tool);
  verb->footer("\nExample:\n  kith schema read > schema.zed\n");
  verb->callback(
      [&tool] { tool.action = [&tool] { return SchemaRead(tool); }; });
}

}  // namespace kith::tool
