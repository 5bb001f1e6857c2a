#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/expand_tree.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct ExpandOptions {
  std::string resource;
  std::string permission;
  bool ascii = false;
  ConsistencyFlags consistency;
};

// From `RESOURCE PERMISSION` or `RESOURCE#PERMISSION`.
absl::StatusOr<v1::ExpandPermissionTreeRequest> Request(
    const ExpandOptions& options) {
  const std::string text = options.permission.empty()
                               ? options.resource
                               : options.resource + "#" + options.permission;
  KITH_ASSIGN_OR_RETURN(const SubjectRef parsed, SubjectRef::Parse(text));
  if (parsed.relation.empty()) {
    return UsageError(
        "no permission: give RESOURCE PERMISSION or "
        "RESOURCE#PERMISSION");
  }
  v1::ExpandPermissionTreeRequest request;
  ToProto(parsed.object, request.mutable_resource());
  request.set_permission(parsed.relation);
  ToProto(options.consistency.Value(), request.mutable_consistency());
  return request;
}

absl::StatusOr<int> Expand(Tool& tool, const ExpandOptions& options) {
  KITH_ASSIGN_OR_RETURN(const auto request, Request(options));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  v1::ExpandPermissionTreeResponse response;
  KITH_RETURN_IF_ERROR(connection->Call(
      connection->permissions(),
      &v1::PermissionsService::Stub::ExpandPermissionTree, request, &response));
  const ExpandTree tree = FromProto(response.tree_root());
  if (tool.output.json) {
    tool.output.Result("", {{"expanded_at", response.expanded_at().token()},
                            {"tree", JsonOf(tree)}});
  } else {
    const bool unicode = tool.terminal.unicode && !options.ascii;
    tool.output.Raw(DrawExpandTree(tree, unicode));
  }
  return kExitOk;
}

}  // namespace

void AddExpandVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb = app.add_subcommand(
      "expand",
      "Draw why a permission holds: its set operations and the subjects on "
      "each branch. Subject sets stay as they are; expand them in turn");
  auto options = std::make_shared<ExpandOptions>();
  verb->add_option("RESOURCE", options->resource, "e.g. document:readme")
      ->required();
  verb->add_option("PERMISSION", options->permission, "or a relation");
  verb->add_flag("--ascii", options->ascii,
                 "draw with ASCII even when the locale is UTF-8");
  options->consistency.AddTo(*verb);
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nExamples:\n  kith expand document:readme view\n"
      "  kith expand team:eng#member\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return Expand(tool, *options); };
  });
}

}  // namespace kith::tool
