#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tools/kith/errors.h"
#include "tools/kith/tool.h"
#include "tools/kith/verbs/flags.h"
#include "tools/kith/verbs/verbs.h"

namespace kith::tool {

void AddVersionVerb(CLI::App& app, Tool& tool) {
  CLI::App* verb =
      app.add_subcommand("version", "Print the version of this command");
  AddOutputFlag(*verb, tool);
  verb->callback([&tool] {
    tool.action = [&tool]() -> absl::StatusOr<int> {
      tool.output.Result("kith " KITH_VERSION, {{"version", KITH_VERSION}});
      return kExitOk;
    };
  });
}

}  // namespace kith::tool
