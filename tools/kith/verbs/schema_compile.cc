#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/errors.h"
#include "tools/kith/files.h"
#include "tools/kith/schema_source.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct CompileOptions {
  std::string path;
  std::string out;
};

absl::StatusOr<int> SchemaCompile(Tool& tool, const CompileOptions& options) {
  KITH_ASSIGN_OR_RETURN(const SchemaSource source,
                        ReadSchemaSource(tool, options.path));
  if (!source.composed.ok()) {
    if (tool.output.json) return source.composed.status();
    tool.terminal.err << DrawError(source);
    return kExitRefused;
  }
  if (!tool.output.json) tool.terminal.err << DrawWarnings(source);
  const ComposedSchema& composed = *source.composed;
  if (!options.out.empty()) {
    constexpr unsigned kMode = 0644;
    KITH_RETURN_IF_ERROR(ReplaceFile(options.out, composed.text, kMode));
  }
  if (tool.output.json) {
    tool.output.Result("", {{"schema", composed.text},
                            {"files", composed.files},
                            {"warnings", JsonOf(composed.warnings)}});
  } else if (options.out.empty()) {
    tool.output.Raw(composed.text);
  }
  return kExitOk;
}

}  // namespace

void AddSchemaCompileVerb(CLI::App& schema, Tool& tool) {
  CLI::App* verb = schema.add_subcommand(
      "compile",
      "Print a schema with its imports and partials put in place, in the "
      "canonical layout");
  auto options = std::make_shared<CompileOptions>();
  verb->add_option("FILE", options->path, "the schema, - for standard input")
      ->required();
  verb->add_option("--out", options->out, "write to this file instead");
  AddOutputFlag(*verb, tool);
  verb->footer(
      "\nExamples:\n  kith schema compile main.zed\n"
      "  kith schema compile main.zed --out flat.zed\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return SchemaCompile(tool, *options); };
  });
}

}  // namespace kith::tool
