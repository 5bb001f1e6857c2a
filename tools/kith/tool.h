#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kith/values.h"
#include "tools/kith/output.h"
#include "tools/kith/target.h"
#include "tools/kith/terminal.h"

namespace CLI {
class App;
}

namespace kith::tool {

class Connection;

// One run of the command: what its verbs share. A verb's flags are bound when
// its Add function runs; parsing the command line sets `action`, which then
// runs and gives the exit code.
struct Tool {
  Tool(Terminal& terminal, Environment environment);
  ~Tool();

  // Opened on first use.
  absl::StatusOr<Connection*> Connect();

  Terminal& terminal;
  const Environment environment;
  Output output;
  ConnectionFlags connection_flags;
  std::function<absl::StatusOr<int>()> action;

 private:
  std::unique_ptr<Connection> connection_;
};

// Runs `kith ARGS...` and returns the exit code. Touches nothing of the
// process but through `terminal` and `environment`, files and sockets apart.
int RunTool(std::vector<std::string> args, Terminal& terminal,
            Environment environment);

}  // namespace kith::tool
