#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/tool.h"
#include "tools/kith/validation/subjects.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct LookupResourcesOptions {
  std::string type;
  std::string permission;
  std::string subject;
  std::string context;
  uint32_t limit = 0;
  std::string cursor;
  ConsistencyFlags consistency;
};

absl::StatusOr<v1::LookupResourcesRequest> Request(
    const LookupResourcesOptions& options) {
  v1::LookupResourcesRequest request;
  KITH_ASSIGN_OR_RETURN(const SubjectRef subject,
                        SubjectRef::Parse(options.subject));
  KITH_ASSIGN_OR_RETURN(const Struct context,
                        ParseContextFlag("--caveat-context", options.context));
  ToProto(options.consistency.Value(), request.mutable_consistency());
  request.set_resource_object_type(options.type);
  request.set_permission(options.permission);
  ToProto(subject, request.mutable_subject());
  if (!context.empty()) ToProto(context, request.mutable_context());
  request.set_optional_limit(options.limit);
  if (!options.cursor.empty()) {
    request.mutable_optional_cursor()->set_token(options.cursor);
  }
  return request;
}

void Print(Tool& tool, const std::string& type,
           const v1::LookupResourcesResponse& response) {
  const bool conditional = response.permissionship() ==
                           v1::LOOKUP_PERMISSIONSHIP_CONDITIONAL_PERMISSION;
  CheckAnswer answer;
  answer.permissionship = conditional ? Permissionship::kConditional
                                      : Permissionship::kHasPermission;
  const auto& missing =
      response.partial_caveat_info().missing_required_context();
  answer.missing_context.assign(missing.begin(), missing.end());
  std::string line = response.resource_object_id();
  if (conditional) line += "\t" + DescribeAnswer(answer);
  tool.output.Result(
      line,
      {{"resource", {{"type", type}, {"id", response.resource_object_id()}}},
       {"permissionship", PermissionshipName(answer.permissionship)},
       {"missing_context", answer.missing_context},
       {"looked_up_at", response.looked_up_at().token()},
       {"cursor", response.after_result_cursor().token()}});
}

absl::StatusOr<int> LookupResources(Tool& tool,
                                    const LookupResourcesOptions& options) {
  KITH_ASSIGN_OR_RETURN(const auto request, Request(options));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  const auto context = connection->NewUnboundedContext();
  const auto stream =
      connection->permissions().LookupResources(context.get(), request);
  v1::LookupResourcesResponse response;
  uint32_t count = 0;
  std::string cursor;
  while (stream->Read(&response)) {
    ++count;
    cursor = response.after_result_cursor().token();
    Print(tool, options.type, response);
    if (!tool.terminal.out.good()) context->TryCancel();
  }
  const absl::Status status = connection->ToStatus(stream->Finish());
  if (!tool.terminal.out.good()) return kExitOk;  // the reader had enough
  KITH_RETURN_IF_ERROR(status);
  if (options.limit > 0 && count == options.limit) {
    tool.output.Note("there may be more: --cursor " + cursor);
  }
  return kExitOk;
}

}  // namespace

void AddLookupResourcesVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb = app.add_subcommand(
      "lookup-resources",
      "Print the resources on which a subject has a permission, by id");
  auto options = std::make_shared<LookupResourcesOptions>();
  verb->add_option("TYPE", options->type, "of the resources, e.g. document")
      ->required();
  verb->add_option("PERMISSION", options->permission, "or a relation")
      ->required();
  verb->add_option("SUBJECT", options->subject,
                   "e.g. user:anne or team:eng#member")
      ->required();
  verb->add_option("--caveat-context", options->context,
                   "values for caveats, a JSON object");
  verb->add_option(
          "--limit", options->limit,
          "print at most so many, up to the server's max-lookup-limit; "
          "0: all")
      ->capture_default_str();
  verb->add_option("--cursor", options->cursor,
                   "go on behind the resource that this cursor came with");
  options->consistency.AddTo(*verb);
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nA line is the id of a resource; behind a tab, conditional with the "
      "context that is\nmissing.\n"
      "\nExamples:\n  kith lookup-resources document view user:anne\n"
      "  kith lookup-resources document view team:eng#member --json\n"
      "  kith lookup-resources document view user:anne --limit 100\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return LookupResources(tool, *options); };
  });
}

}  // namespace kith::tool
