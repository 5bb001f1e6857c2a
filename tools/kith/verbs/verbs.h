#pragma once

#include <string>

// The verbs of the command. Each Add function gives `app` one subcommand whose
// callback sets Tool::action; both outlive the parse and the run.

namespace CLI {
class App;
}

namespace kith::tool {

struct Tool;

void AddCheckVerb(CLI::App& app, Tool& tool);
void AddExpandVerb(CLI::App& app, Tool& tool);
void AddLookupResourcesVerb(CLI::App& app, Tool& tool);
void AddLookupSubjectsVerb(CLI::App& app, Tool& tool);
void AddWatchVerb(CLI::App& app, Tool& tool);

void AddSchemaVerbs(CLI::App& app, Tool& tool);
void AddSchemaReadVerb(CLI::App& schema, Tool& tool);
void AddSchemaWriteVerb(CLI::App& schema, Tool& tool);
void AddSchemaValidateVerb(CLI::App& schema, Tool& tool);
void AddSchemaFormatVerb(CLI::App& schema, Tool& tool);
void AddSchemaLintVerb(CLI::App& schema, Tool& tool);
void AddSchemaCompileVerb(CLI::App& schema, Tool& tool);
void AddSchemaDiffVerb(CLI::App& schema, Tool& tool);
void AddSchemaReflectVerb(CLI::App& schema, Tool& tool);

void AddRelationshipVerbs(CLI::App& app, Tool& tool);
void AddRelationshipWriteVerbs(CLI::App& relationship, Tool& tool);
void AddRelationshipReadVerb(CLI::App& relationship, Tool& tool);
void AddRelationshipDeleteVerb(CLI::App& relationship, Tool& tool);

// Under `parent` as `name`: it has two.
void AddImportVerb(CLI::App& parent, const std::string& name, Tool& tool);
void AddExportVerb(CLI::App& app, Tool& tool);

void AddBackupVerbs(CLI::App& app, Tool& tool);
void AddBackupCreateVerb(CLI::App& backup, Tool& tool);
void AddBackupRestoreVerb(CLI::App& backup, Tool& tool);
void AddBackupInspectVerb(CLI::App& backup, Tool& tool);

void AddValidateVerb(CLI::App& app, Tool& tool);
void AddContextVerbs(CLI::App& app, Tool& tool);
void AddCompletionVerb(CLI::App& app, Tool& tool);
void AddVersionVerb(CLI::App& app, Tool& tool);

// All of the above.
void AddVerbs(CLI::App& app, Tool& tool);

}  // namespace kith::tool
