#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/errors.h"
#include "tools/kith/schema_source.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

// The exit code for one file.
absl::StatusOr<int> LintOne(Tool& tool, const std::string& path) {
  KITH_ASSIGN_OR_RETURN(const SchemaSource source,
                        ReadSchemaSource(tool, path));
  if (!source.composed.ok()) {
    if (tool.output.json) return source.composed.status();
    tool.terminal.err << DrawError(source);
    return kExitRefused;
  }
  const std::vector<SchemaWarning>& warnings = source.composed->warnings;
  if (tool.output.json) {
    for (const Json& warning : JsonOf(warnings)) {
      tool.output.Result("", warning);
    }
  } else {
    tool.output.Raw(DrawWarnings(source));
  }
  return warnings.empty() ? kExitOk : kExitNo;
}

absl::StatusOr<int> SchemaLint(Tool& tool,
                               const std::vector<std::string>& paths) {
  int worst = kExitOk;
  for (const std::string& path : paths) {
    KITH_ASSIGN_OR_RETURN(const int code, LintOne(tool, path));
    worst = std::max(worst, code);
  }
  return worst;
}

}  // namespace

void AddSchemaLintVerb(CLI::App& schema, Tool& tool) {
  CLI::App* verb = schema.add_subcommand(
      "lint",
      "Print what is likely a mistake in valid schemas. Exit code 1 when there "
      "is any");
  auto paths = std::make_shared<std::vector<std::string>>();
  verb->add_option("FILE", *paths, "schemas, - for standard input")->required();
  AddOutputFlag(*verb, tool);
  verb->footer(
      "\nA comment // kith-ignore-warning: CODE before a relation, permission "
      "or caveat\nsilences that code for it, before a definition for all of "
      "it.\n"
      "\nExample:\n  kith schema lint schemas/*.zed\n");
  verb->callback([&tool, paths] {
    tool.action = [&tool, paths] { return SchemaLint(tool, *paths); };
  });
}

}  // namespace kith::tool
