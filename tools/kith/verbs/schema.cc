#include <CLI/CLI.hpp>

#include "tools/kith/verbs/verbs.h"

namespace kith::tool {

void AddSchemaVerbs(CLI::App& app, Tool& tool) {
  CLI::App* schema =
      app.add_subcommand("schema", "Read, write, check and format schemas");
  schema->require_subcommand(1);
  AddSchemaReadVerb(*schema, tool);
  AddSchemaWriteVerb(*schema, tool);
  AddSchemaValidateVerb(*schema, tool);
  AddSchemaFormatVerb(*schema, tool);
}

}  // namespace kith::tool
