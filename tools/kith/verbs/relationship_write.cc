#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "tools/kith/errors.h"
#include "tools/kith/expiry.h"
#include "tools/kith/relationship_calls.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

struct WriteOptions {
  std::vector<std::string> relationships;
  std::string caveat;
  std::string expires;
};

// From `name` or `name:{json}`.
absl::StatusOr<CaveatRef> ParseCaveat(const std::string& text) {
  CaveatRef caveat;
  const size_t colon = text.find(':');
  caveat.name = text.substr(0, colon);
  if (colon != std::string::npos) {
    KITH_ASSIGN_OR_RETURN(
        caveat.context,
        ParseContextFlag("the context of --caveat", text.substr(colon + 1)));
  }
  return caveat;
}

absl::StatusOr<std::vector<Relationship>> ParseAll(
    const WriteOptions& options) {
  std::vector<Relationship> result;
  for (const std::string& text : options.relationships) {
    KITH_ASSIGN_OR_RETURN(Relationship relationship, Relationship::Parse(text));
    if (!options.caveat.empty()) {
      KITH_ASSIGN_OR_RETURN(relationship.caveat, ParseCaveat(options.caveat));
    }
    if (!options.expires.empty()) {
      KITH_ASSIGN_OR_RETURN(relationship.expires_at,
                            ParseExpiry(options.expires, absl::Now()));
    }
    result.push_back(std::move(relationship));
  }
  return result;
}

absl::StatusOr<int> Write(Tool& tool, Update::Operation operation,
                          const WriteOptions& options) {
  KITH_ASSIGN_OR_RETURN(const auto relationships, ParseAll(options));
  KITH_ASSIGN_OR_RETURN(Connection* const connection, tool.Connect());
  KITH_ASSIGN_OR_RETURN(const Token token,
                        WriteAll(*connection, operation, relationships));
  tool.output.Result("written at " + token,
                     {{"written_at", token}, {"count", relationships.size()}});
  return kExitOk;
}

void Add(CLI::App& parent, Tool& tool, Update::Operation operation,
         const std::string& name, const std::string& description) {
  CLI::App* verb = parent.add_subcommand(name, description);
  auto options = std::make_shared<WriteOptions>();
  verb->add_option("RELATIONSHIP", options->relationships,
                   "resource#relation@subject; all are written or none")
      ->required();
  verb->add_option("--caveat", options->caveat,
                   "condition for all of them: name or name:{json}");
  verb->add_option("--expires", options->expires,
                   "when they end: 2030-01-31T12:00:00Z, +1h30m or +7d");
  AddConnectionFlags(*verb, tool);
  verb->footer(fmt::format(
      "\nExamples:\n"
      "  kith relationship {0} document:readme#viewer@user:anne\n"
      "  kith relationship {0} document:readme#viewer@user:tom --expires +1h\n",
      name));
  verb->callback([&tool, operation, options] {
    tool.action = [&tool, operation, options] {
      return Write(tool, operation, *options);
    };
  });
}

}  // namespace

void AddRelationshipWriteVerbs(CLI::App& relationship, Tool& tool) {
  Add(relationship, tool, Update::Operation::kTouch, "touch",
      "Write relationships, whether or not they are there");
  Add(relationship, tool, Update::Operation::kCreate, "create",
      "Write relationships; refused when one is there already");
}

}  // namespace kith::tool
