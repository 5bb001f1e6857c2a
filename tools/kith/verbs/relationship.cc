#include <CLI/CLI.hpp>

#include "tools/kith/verbs/verbs.h"

namespace kith::tool {

void AddRelationshipVerbs(CLI::App& app, Tool& tool) {
  CLI::App* relationship = app.add_subcommand(
      "relationship", "Write, read, delete and load relationships");
  relationship->require_subcommand(1);
  relationship->footer(
      "\nA relationship is resource#relation@subject with an optional "
      "condition and expiry:\n"
      "  document:readme#viewer@user:anne\n"
      "  document:readme#viewer@team:eng#member\n"
      "  document:readme#viewer@user:*[expiration:2030-01-01T00:00:00Z]\n");
  AddRelationshipWriteVerbs(*relationship, tool);
  AddRelationshipDeleteVerb(*relationship, tool);
  AddRelationshipReadVerb(*relationship, tool);
  AddImportVerb(*relationship, "load", tool);
}

}  // namespace kith::tool
