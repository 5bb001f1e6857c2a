#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/diagnostics.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

absl::StatusOr<int> SchemaWrite(Tool& tool, const std::string& path) {
  KITH_ASSIGN_OR_RETURN(const std::string text, ReadAll(path, tool.terminal));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  v1::WriteSchemaRequest request;
  request.set_schema(text);
  v1::WriteSchemaResponse response;
  const absl::Status status = connection->Call(
      connection->schema(), &v1::SchemaService::Stub::WriteSchema, request,
      &response);
  if (!status.ok()) {
    const Diagnostic diagnostic = DiagnosticOf(status);
    if (tool.output.json || diagnostic.line == 0) return status;
    tool.output.Note(DrawDiagnostic(path, text, diagnostic) +
                     "the server keeps its schema");
    return ExitCodeOf(status);
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
      "\nExamples:\n  kith schema write schema.zed\n"
      "  kith schema read --context staging | kith schema write -\n");
  verb->callback([&tool, path] {
    tool.action = [&tool, path] { return SchemaWrite(tool, *path); };
  });
}

}  // namespace kith::tool
