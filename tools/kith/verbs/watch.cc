#include <CLI/CLI.hpp>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/filter.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"
#include "tools/kith/watching.h"

namespace kith::tool {
namespace {

struct WatchOptions {
  std::vector<std::string> types;
  std::vector<std::string> filters;
  std::string since;
  std::vector<std::string> kinds = {"updates"};
  uint64_t count = 0;

  bool Wants(std::string_view kind) const {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }
};

absl::StatusOr<v1::WatchRequest> RequestOf(const WatchOptions& options) {
  v1::WatchRequest request;
  if (!options.types.empty() && !options.filters.empty()) {
    return UsageError("give types or --filter, not both");
  }
  for (const std::string& type : options.types) {
    request.add_optional_object_types(type);
  }
  for (const std::string& text : options.filters) {
    KITH_ASSIGN_OR_RETURN(const RelationshipFilter filter, ParseFilter(text));
    ToProto(filter, request.add_optional_relationship_filters());
  }
  if (!options.since.empty()) {
    request.mutable_optional_start_cursor()->set_token(options.since);
  }
  request.add_optional_update_kinds(
      v1::WATCH_KIND_INCLUDE_RELATIONSHIP_UPDATES);
  if (options.Wants("schema")) {
    request.add_optional_update_kinds(v1::WATCH_KIND_INCLUDE_SCHEMA_UPDATES);
  }
  request.add_optional_update_kinds(v1::WATCH_KIND_INCLUDE_CHECKPOINTS);
  return request;
}

absl::StatusOr<int> Watch(Tool& tool, const WatchOptions& options) {
  KITH_ASSIGN_OR_RETURN(v1::WatchRequest request, RequestOf(options));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  const auto stop = std::make_shared<WatchStop>();
  if (tool.terminal.on_interrupt) {
    tool.terminal.on_interrupt([stop] { stop->Stop(); });
  }
  Watching watching(tool, *connection, std::move(request),
                    options.Wants("checkpoints"), options.count, stop);
  KITH_RETURN_IF_ERROR(watching.Run());
  return kExitOk;
}

}  // namespace

void AddWatchVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb =
      app.add_subcommand("watch", "Print changes as they are committed");
  auto options = std::make_shared<WatchOptions>();
  verb->add_option("TYPE", options->types,
                   "only relationships of these resource types");
  verb->add_option("--filter", options->filters,
                   "only relationships that match; repeatable, any may match")
      ->type_name("FILTER");
  verb->add_option("--since", options->since,
                   "begin after this token instead of now")
      ->type_name("TOKEN");
  verb->add_option("--kinds", options->kinds,
                   "of updates (always), schema, checkpoints")
      ->delimiter(',')
      ->check(CLI::IsMember({"updates", "schema", "checkpoints"}))
      ->capture_default_str();
  verb->add_option("--count", options->count,
                   "end after so many updates; 0: never")
      ->capture_default_str();
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nOne line for each update, \"+\" for what was created or touched and\n"
      "\"-\" for what was deleted; lines of other kinds begin with \"#\". "
      "With\n"
      "--json one object for each event, with its token. When the server goes\n"
      "away the watch resumes by itself. At its end (Ctrl-C) it says on\n"
      "standard error where to resume.\n"
      "\nExamples:\n"
      "  kith watch\n"
      "  kith watch document folder --kinds updates,schema\n"
      "  kith watch --filter 'document:reports/*' --json\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Watch(tool, *options); };
  });
}

}  // namespace kith::tool
