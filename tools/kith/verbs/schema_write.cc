#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/diagnostics.h"
#include "tools/kith/errors.h"
#include "tools/kith/schema_source.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

int RefusedWith(Tool& tool, const absl::Status& status,
                const std::string& drawn) {
  tool.output.Note(drawn + "the server keeps its schema");
  return ExitCodeOf(status);
}

absl::StatusOr<int> SchemaWrite(Tool& tool, const std::string& path) {
  KITH_ASSIGN_OR_RETURN(const SchemaSource source,
                        ReadSchemaSource(tool, path));
  const absl::Status composed = source.composed.status();
  if (!composed.ok() && source.files.IsOfImports(composed)) {
    if (tool.output.json) return composed;
    return RefusedWith(tool, composed, DrawError(source));
  }
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  v1::WriteSchemaRequest request;
  request.set_schema(source.ToSend());
  v1::WriteSchemaResponse response;
  const absl::Status status = connection->Call(
      connection->schema(), &v1::SchemaService::Stub::WriteSchema, request,
      &response);
  if (!status.ok()) {
    const Diagnostic diagnostic = DiagnosticOf(status);
    if (tool.output.json || diagnostic.line == 0) return status;
    return RefusedWith(tool, status,
                       DrawDiagnostic(path, source.ToSend(), diagnostic));
  }
  std::string warnings = DrawWarnings(source);
  if (!warnings.empty()) {
    warnings.pop_back();  // Note ends the line
    tool.output.Note(warnings);
  }
  const std::string& token = response.written_at().token();
  tool.output.Result("written at " + token, {{"written_at", token}});
  return kExitOk;
}

}  // namespace

void AddSchemaWriteVerb(CLI::App& schema, Tool& tool) {
  CLI::App* verb = schema.add_subcommand(
      "write",
      "Replace the schema of the server. Refused, with nothing changed, when "
      "stored relationships would no longer fit it");
  auto path = std::make_shared<std::string>();
  verb->add_option("FILE", *path, "the schema, - for standard input")
      ->required();
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nA file may import others; the server is then given one flat "
      "schema.\n"
      "\nExamples:\n  kith schema write schema.zed\n"
      "  kith schema read --context staging | kith schema write -\n");
  verb->callback([&tool, path] {
    tool.action = [&tool, path] { return SchemaWrite(tool, *path); };
  });
}

}  // namespace kith::tool
