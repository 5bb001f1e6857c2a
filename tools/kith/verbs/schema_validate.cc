#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "schema/schema.h"
#include "tools/kith/diagnostics.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

// True when the schema is well formed and well typed.
absl::StatusOr<bool> ValidateOne(Tool& tool, const std::string& path) {
  KITH_ASSIGN_OR_RETURN(const std::string text, ReadAll(path, tool.terminal));
  const auto schema = schema::Compile(text);
  if (schema.ok()) {
    tool.output.Result(path + ": ok", {{"file", path}, {"valid", true}});
    return true;
  }
  const Diagnostic diagnostic = DiagnosticOf(schema.status());
  if (tool.output.json) {
    Json json = JsonOf(path, diagnostic);
    json["valid"] = false;
    tool.output.Result("", json);
  } else {
    tool.terminal.err << DrawDiagnostic(path, text, diagnostic);
  }
  return false;
}

absl::StatusOr<int> SchemaValidate(Tool& tool,
                                   const std::vector<std::string>& paths) {
  bool valid = true;
  for (const std::string& path : paths) {
    KITH_ASSIGN_OR_RETURN(const bool one, ValidateOne(tool, path));
    valid = valid && one;
  }
  return valid ? kExitOk : kExitNo;
}

}  // namespace

void AddSchemaValidateVerb(CLI::App& schema, Tool& tool) {
  CLI::App* verb = schema.add_subcommand(
      "validate",
      "Parse and type-check schemas here, without a server. Exit code 1 when "
      "one is invalid");
  auto paths = std::make_shared<std::vector<std::string>>();
  verb->add_option("FILE", *paths, "schemas, - for standard input")->required();
  AddOutputFlag(*verb, tool);
  verb->footer("\nExample:\n  kith schema validate schema.zed\n");
  verb->callback([&tool, paths] {
    tool.action = [&tool, paths] { return SchemaValidate(tool, *paths); };
  });
}

}  // namespace kith::tool
