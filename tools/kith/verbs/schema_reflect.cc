#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/convert.h"
#include "tools/kith/errors.h"
#include "tools/kith/schema_parts.h"
#include "tools/kith/schema_source.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct ReflectOptions {
  std::string path;  // empty: the server's
  SchemaFilter filter;
  ConsistencyFlags consistency;

  bool HasFilter() const {
    return !(filter.definition.empty() && filter.caveat.empty() &&
             filter.relation.empty() && filter.permission.empty());
  }
};

absl::StatusOr<SchemaReflection> OfServer(Tool& tool,
                                          const ReflectOptions& options) {
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  v1::ReflectSchemaRequest request;
  ToProto(options.consistency.Value(), request.mutable_consistency());
  if (options.HasFilter()) {
    auto* filter = request.add_optional_filters();
    filter->set_optional_definition_name_filter(options.filter.definition);
    filter->set_optional_caveat_name_filter(options.filter.caveat);
    filter->set_optional_relation_name_filter(options.filter.relation);
    filter->set_optional_permission_name_filter(options.filter.permission);
  }
  v1::ReflectSchemaResponse response;
  KITH_RETURN_IF_ERROR(connection->Call(connection->schema(),
                                        &v1::SchemaService::Stub::ReflectSchema,
                                        request, &response));
  SchemaReflection reflection;
  for (const auto& definition : response.definitions()) {
    reflection.definitions.push_back(FromProto(definition));
  }
  for (const auto& caveat : response.caveats()) {
    reflection.caveats.push_back(FromProto(caveat));
  }
  return reflection;
}

absl::StatusOr<SchemaReflection> OfFile(Tool& tool,
                                        const ReflectOptions& options) {
  KITH_ASSIGN_OR_RETURN(const SchemaSource source,
                        ReadSchemaSource(tool, options.path));
  if (!source.composed.ok()) return source.composed.status();
  std::vector<SchemaFilter> filters;
  if (options.HasFilter()) filters.push_back(options.filter);
  return ReflectSchema(source.composed->text, filters);
}

absl::StatusOr<int> SchemaReflect(Tool& tool, const ReflectOptions& options) {
  KITH_ASSIGN_OR_RETURN(
      const SchemaReflection reflection,
      options.path.empty() ? OfServer(tool, options) : OfFile(tool, options));
  for (const ReflectedCaveat& caveat : reflection.caveats) {
    tool.output.Result(DescribeCaveat(caveat), JsonOf(caveat));
  }
  for (const ReflectedDefinition& definition : reflection.definitions) {
    tool.output.Result(DescribeDefinition(definition), JsonOf(definition));
  }
  return kExitOk;
}

}  // namespace

void AddSchemaReflectVerb(CLI::App& schema, Tool& tool) {
  CLI::App* verb = schema.add_subcommand(
      "reflect",
      "Print the parts of the server's schema, or of a file, with their "
      "comments");
  auto options = std::make_shared<ReflectOptions>();
  verb->add_option("FILE", options->path,
                   "a schema instead of the server's, - for standard input");
  const std::string group = "Filter (what a name begins with)";
  verb->add_option("--definition", options->filter.definition,
                   "only such definitions")
      ->group(group);
  verb->add_option("--caveat", options->filter.caveat, "only such caveats")
      ->group(group);
  verb->add_option("--relation", options->filter.relation,
                   "of the definitions only such relations")
      ->group(group);
  verb->add_option("--permission", options->filter.permission,
                   "of the definitions only such permissions")
      ->group(group);
  options->consistency.AddTo(*verb);
  AddConnectionFlags(*verb, tool);
  verb->footer(
      "\nA server does not tell the expressions of permissions; \"kith schema "
      "read\" does.\n"
      "\nExamples:\n  kith schema reflect --definition document --json\n"
      "  kith schema reflect schema.zed --caveat office\n");
  verb->callback([&tool, options] {
    tool.action = [&tool, options] { return SchemaReflect(tool, *options); };
  });
}

}  // namespace kith::tool
