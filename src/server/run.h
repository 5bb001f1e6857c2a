#pragma once

#include <string>

namespace kith::server {

// The whole of kithd: parses the command line, serves until a signal, and
// returns the exit status of the process (0, or 1 after an error that was
// printed, or 2 for a wrong setting).
int Run(int argc, char** argv, const std::string& version);

}  // namespace kith::server
