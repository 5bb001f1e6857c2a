#include <CLI/CLI.hpp>

#include "tools/kith/verbs/verbs.h"

namespace kith::tool {

void AddBackupVerbs(CLI::App& app, Tool& tool) {
  CLI::App* backup = app.add_subcommand(
      "backup",
      "Schema and relationships of one revision in one file: make, restore "
      "and inspect it");
  backup->require_subcommand(1);
  AddBackupCreateVerb(*backup, tool);
  AddBackupRestoreVerb(*backup, tool);
  AddBackupInspectVerb(*backup, tool);
}

}  // namespace kith::tool
