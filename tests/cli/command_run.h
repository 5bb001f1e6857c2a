#pragma once

#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "support/server_process.h"
#include "tools/kith/tool.h"

namespace kith::tool {

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The command as a person at a shell sees it, with an environment and a
// configuration folder of its own.
class Shell {
 public:
  struct Ended {
    int code;
    std::string out;
    std::string err;
  };

  Shell() { environment["XDG_CONFIG_HOME"] = folder / "config"; }

  Ended Run(const std::vector<std::string>& args,
            const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out, err;
    Terminal terminal{in, out, err};
    terminal.in_is_terminal = interactive;
    terminal.unicode = unicode;
    terminal.on_interrupt = on_interrupt;
    const int code =
        RunTool(args, terminal,
                [this](std::string_view name) -> std::optional<std::string> {
                  const auto it = environment.find(std::string(name));
                  if (it == environment.end()) return std::nullopt;
                  return it->second;
                });
    return {code, out.str(), err.str()};
  }

  support::TempDir folder;
  std::map<std::string, std::string> environment;
  bool interactive = false;
  bool unicode = false;
  std::function<void(std::function<void()>)> on_interrupt;
};

}  // namespace kith::tool
