#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/diagnostics.h"
#include "tools/kith/errors.h"
#include "tools/kith/schema_source.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct ValidateOptions {
  std::vector<std::string> paths;
  bool fail_on_warn = false;
};

// True when the schema is as the options ask.
absl::StatusOr<bool> ValidateOne(Tool& tool, const ValidateOptions& options,
                                 const std::string& path) {
  KITH_ASSIGN_OR_RETURN(const SchemaSource source,
                        ReadSchemaSource(tool, path));
  if (!source.composed.ok()) {
    const Diagnostic diagnostic = DiagnosticOf(source.composed.status());
    if (tool.output.json) {
      Json json =
          JsonOf(diagnostic.file.empty() ? path : diagnostic.file, diagnostic);
      json["valid"] = false;
      tool.output.Result("", json);
    } else {
      tool.terminal.err << DrawError(source);
    }
    return false;
  }
  const std::vector<SchemaWarning>& warnings = source.composed->warnings;
  if (!tool.output.json) tool.terminal.err << DrawWarnings(source);
  tool.output.Result(
      path + ": ok",
      {{"file", path}, {"valid", true}, {"warnings", JsonOf(warnings)}});
  return warnings.empty() || !options.fail_on_warn;
}

absl::StatusOr<int> SchemaValidate(Tool& tool, const ValidateOptions& options) {
  bool valid = true;
  for (const std::string& path : options.paths) {
    KITH_ASSIGN_OR_RETURN(const bool one, ValidateOne(tool, options, path));
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
  auto options = std::make_shared<ValidateOptions>();
  verb->add_option("FILE", options->paths, "schemas, - for standard input")
      ->required();
  verb->add_flag("--fail-on-warn", options->fail_on_warn,
                 "exit code 1 for warnings too");
  AddOutputFlag(*verb, tool);
  verb->footer(
      "\nFiles may import others. Likely mistakes are warnings, on standard "
      "error; a comment\n// kith-ignore-warning: CODE before a declaration "
      "silences one.\n"
      "\nExample:\n  kith schema validate schema.zed\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return SchemaValidate(tool, *options); };
  });
}

}  // namespace kith::tool
