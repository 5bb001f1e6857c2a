#pragma once

// The verbs of the command. Each Add function gives `app` one subcommand whose
// callback sets Tool::action; both outlive the parse and the run.

namespace CLI {
class App;
}

namespace kith::tool {

struct Tool;

void AddCheckVerb(CLI::App& app, Tool& tool);
void AddExpandVerb(CLI::App& app, Tool& tool);

void AddSchemaVerbs(CLI::App& app, Tool& tool);
void AddSchemaReadVerb(CLI::App& schema, Tool& tool);
void AddSchemaWriteVerb(CLI::App& schema, Tool& tool);
void AddSchemaValidateVerb(CLI::App& schema, Tool& tool);
void AddSchemaFormatVerb(CLI::App& schema, Tool& tool);

void AddRelationshipVerbs(CLI::App& app, Tool& tool);
void AddRelationshipWriteVerbs(CLI::App& relationship, Tool& tool);
void AddRelationshipReadVerb(CLI::App& relationship, Tool& tool);
void AddRelationshipDeleteVerb(CLI::App& relationship, Tool& tool);
void AddRelationshipLoadVerb(CLI::App& relationship, Tool& tool);

void AddValidateVerb(CLI::App& app, Tool& tool);
void AddContextVerbs(CLI::App& app, Tool& tool);
void AddCompletionVerb(CLI::App& app, Tool& tool);
void AddVersionVerb(CLI::App& app, Tool& tool);

// All of the above.
void AddVerbs(CLI::App& app, Tool& tool);

}  // namespace kith::tool
