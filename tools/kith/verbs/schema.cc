#include <CLI/CLI.hpp>

#include "tools/kith/verbs/verbs.h"

namespace kith::tool {

void AddSchemaVerbs(CLI::App& app, Tool& tool) {
  CLI::App* schema = app.add_subcommand(
      "schema", "Read, write, check, compare and put together schemas");
  schema->require_subcommand(1);
  AddSchemaReadVerb(*schema, tool);
  AddSchemaWriteVerb(*schema, tool);
  AddSchemaValidateVerb(*schema, tool);
  AddSchemaFormatVerb(*schema, tool);
  AddSchemaLintVerb(*schema, tool);
  AddSchemaCompileVerb(*schema, tool);
  AddSchemaDiffVerb(*schema, tool);
  AddSchemaReflectVerb(*schema, tool);
}

}  // namespace kith::tool
