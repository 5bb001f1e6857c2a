#include "tools/kith/verbs/verbs.h"

namespace kith::tool {

void AddVerbs(CLI::App& app, Tool& tool) {
  AddSchemaVerbs(app, tool);
  AddRelationshipVerbs(app, tool);
  AddCheckVerb(app, tool);
  AddExpandVerb(app, tool);
  AddLookupResourcesVerb(app, tool);
  AddLookupSubjectsVerb(app, tool);
  AddWatchVerb(app, tool);
  AddImportVerb(app, "import", tool);
  AddExportVerb(app, tool);
  AddBackupVerbs(app, tool);
  AddValidateVerb(app, tool);
  AddContextVerbs(app, tool);
  AddCompletionVerb(app, tool);
  AddVersionVerb(app, tool);
}

}  // namespace kith::tool
