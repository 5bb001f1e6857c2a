#include "tools/kith/tool.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "base/status_macros.h"
#include "tools/kith/connection.h"
#include "tools/kith/errors.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {
namespace {

constexpr char kDescription[] =
    "Kith answers who may do what: this command writes schemas and\n"
    "relationships to a Kith server (or any server of authzed.api.v1), asks\n"
    "it for permissions, and tests schemas without a server.\n";

constexpr char kFooter[] =
    "\nExamples:\n"
    "  kith validate schema.yaml                 test a schema, no server\n"
    "  kith schema write schema.zed\n"
    "  kith relationship touch document:readme#viewer@user:anne\n"
    "  kith check document:readme view user:anne && echo allowed\n"
    "\n"
    "Exit codes: 0 done or has permission, 1 no permission or a failing file,\n"
    "2 conditional, 64 usage, 65 refused, 66 unreadable file, 69 unavailable,\n"
    "70 internal, 73 unwritable file, 77 denied.\n";

int ReportUsage(const CLI::App& app, const CLI::ParseError& error,
                Output& output) {
  if (error.get_exit_code() == 0) {  // --help
    app.exit(error, output.terminal().out, output.terminal().err);
    return kExitOk;
  }
  const CLI::App* verb = &app;
  while (!verb->get_subcommands().empty()) {
    verb = verb->get_subcommands().front();
  }
  std::string path = verb->get_name();
  for (const CLI::App* up = verb->get_parent(); up != nullptr;
       up = up->get_parent()) {
    path = up->get_name() + " " + path;
  }
  const int code = ReportError(UsageError(error.what()), output);
  output.Note("see \"" + path + " --help\"");
  return code;
}

}  // namespace

Tool::Tool(Terminal& terminal_in, Environment environment_in)
    : terminal(terminal_in),
      environment(std::move(environment_in)),
      output(terminal_in) {}

Tool::~Tool() = default;

absl::StatusOr<Connection*> Tool::Connect() {
  if (connection_ == nullptr) {
    KITH_ASSIGN_OR_RETURN(Target target,
                          ResolveTarget(connection_flags, environment));
    KITH_ASSIGN_OR_RETURN(connection_, Connection::Open(std::move(target)));
  }
  return connection_.get();
}

int RunTool(std::vector<std::string> args, Terminal& terminal,
            Environment environment) {
  Tool tool(terminal, std::move(environment));
  CLI::App app(kDescription, "kith");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  AddOutputFlag(app, tool);
  AddVerbs(app, tool);
  try {
    // CLI11 takes arguments from the back.
    std::reverse(args.begin(), args.end());
    app.parse(args);
  } catch (const CLI::ParseError& error) {
    // Parsing may have ended before the flag was seen.
    tool.output.json |=
        std::find(args.begin(), args.end(), "--json") != args.end();
    return ReportUsage(app, error, tool.output);
  }
  const absl::StatusOr<int> code = tool.action();
  if (!code.ok()) return ReportError(code.status(), tool.output);
  const bool written = static_cast<bool>(terminal.out.flush());
  if (!written && !(terminal.reader_left && terminal.reader_left())) {
    return ReportError(CannotWrite("standard output", "writing failed"),
                       tool.output);
  }
  return *code;
}

}  // namespace kith::tool
