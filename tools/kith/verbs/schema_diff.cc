#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/errors.h"
#include "tools/kith/schema_parts.h"
#include "tools/kith/schema_source.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct DiffOptions {
  std::vector<std::string> paths;
  bool server = false;
};

// The flat text of a file; nullopt when it is invalid, which was told.
absl::StatusOr<std::optional<std::string>> FlatText(Tool& tool,
                                                    const std::string& path) {
  KITH_ASSIGN_OR_RETURN(const SchemaSource source,
                        ReadSchemaSource(tool, path));
  if (source.composed.ok()) return source.composed->text;
  if (tool.output.json) return source.composed.status();
  tool.terminal.err << DrawError(source);
  return std::nullopt;
}

// Of no schema, the empty text.
absl::StatusOr<std::string> ServerText(Tool& tool) {
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  v1::ReadSchemaResponse response;
  const absl::Status status = connection->Call(
      connection->schema(), &v1::SchemaService::Stub::ReadSchema,
      v1::ReadSchemaRequest(), &response);
  if (absl::IsNotFound(status)) return std::string();
  if (!status.ok()) return status;
  return response.schema_text();
}

absl::StatusOr<int> SchemaDiff(Tool& tool, const DiffOptions& options) {
  if (options.paths.size() != (options.server ? 1 : 2)) {
    return UsageError(options.server
                          ? "give one file to compare with the server's schema"
                          : "give two files, the older one first, or one and "
                            "--server");
  }
  std::optional<std::string> older;
  if (options.server) {
    KITH_ASSIGN_OR_RETURN(older, ServerText(tool));
  } else {
    KITH_ASSIGN_OR_RETURN(older, FlatText(tool, options.paths.front()));
  }
  if (!older.has_value()) return kExitRefused;
  KITH_ASSIGN_OR_RETURN(const std::optional<std::string> newer,
                        FlatText(tool, options.paths.back()));
  if (!newer.has_value()) return kExitRefused;
  KITH_ASSIGN_OR_RETURN(const std::vector<SchemaDifference> differences,
                        DiffSchemas(*older, *newer));
  for (const SchemaDifference& difference : differences) {
    tool.output.Result(difference.ToString(), JsonOf(difference));
  }
  return differences.empty() ? kExitOk : kExitNo;
}

}  // namespace

void AddSchemaDiffVerb(CLI::App& schema, Tool& tool) {
  CLI::App* verb = schema.add_subcommand(
      "diff",
      "Print what leads from one schema to another. Exit code 0 when nothing "
      "does, 1 when they differ");
  auto options = std::make_shared<DiffOptions>();
  verb->add_option("FILE", options->paths,
                   "OLD NEW, or NEW with --server; - for standard input")
      ->required();
  verb->add_flag("--server", options->server,
                 "the older one is the server's schema");
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nOne difference a line: + is new, - is gone, ~ changed. Order and "
      "layout are none.\n"
      "\nExamples:\n  kith schema diff old.zed new.zed\n"
      "  kith schema diff --server schema.zed && echo deployed\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return SchemaDiff(tool, *options); };
  });
}

}  // namespace kith::tool
