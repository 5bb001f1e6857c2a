#include <sys/stat.h>

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

struct FormatOptions {
  std::vector<std::string> paths;
  bool write = false;
  bool check = false;
};

unsigned ModeOf(const std::string& path) {
  struct stat info {};
  constexpr unsigned kPermissions = 07777;
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & kPermissions : 0644;
}

// The exit code for one file.
absl::StatusOr<int> FormatOne(Tool& tool, const FormatOptions& options,
                              const std::string& path) {
  KITH_ASSIGN_OR_RETURN(const std::string text, ReadAll(path, tool.terminal));
  const absl::StatusOr<std::string> formatted = schema::Format(text);
  if (!formatted.ok()) {
    const Diagnostic diagnostic = DiagnosticOf(formatted.status());
    if (tool.output.json) return formatted.status();
    tool.terminal.err << DrawDiagnostic(path, text, diagnostic);
    return kExitRefused;
  }
  const bool changed = *formatted != text;
  if (options.check) {
    if (changed || tool.output.json) {
      tool.output.Result(path + ": not formatted",
                         {{"file", path}, {"formatted", !changed}});
    }
    return changed ? kExitNo : kExitOk;
  }
  if (!options.write) {
    if (tool.output.json) {
      tool.output.Result("", {{"file", path}, {"schema", *formatted}});
    } else {
      tool.output.Raw(*formatted);
    }
    return kExitOk;
  }
  if (changed) {
    KITH_RETURN_IF_ERROR(ReplaceFile(path, *formatted, ModeOf(path)));
  }
  if (changed || tool.output.json) {
    tool.output.Result(path + ": formatted",
                       {{"file", path}, {"changed", changed}});
  }
  return kExitOk;
}

absl::StatusOr<int> SchemaFormat(Tool& tool, const FormatOptions& options) {
  int worst = kExitOk;
  for (const std::string& path : options.paths) {
    if (options.write && path == "-") {
      return UsageError("--write needs a file, not standard input");
    }
    KITH_ASSIGN_OR_RETURN(const int code, FormatOne(tool, options, path));
    worst = std::max(worst, code);
  }
  return worst;
}

}  // namespace

void AddSchemaFormatVerb(CLI::App& schema, Tool& tool) {
  CLI::App* verb = schema.add_subcommand(
      "format", "Print schemas in the canonical layout, keeping their order");
  auto options = std::make_shared<FormatOptions>();
  verb->add_option("FILE", options->paths, "schemas, - for standard input")
      ->required();
  CLI::Option* write = verb->add_flag("--write", options->write,
                                      "replace the files instead of printing");
  verb->add_flag("--check", options->check,
                 "name the files that are not formatted; exit code 1 if any")
      ->excludes(write);
  AddOutputFlag(*verb, tool);
  verb->footer(
      "\nExamples:\n  kith schema format schema.zed\n"
      "  kith schema format --check schemas/*.zed\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return SchemaFormat(tool, *options); };
  });
}

}  // namespace kith::tool
