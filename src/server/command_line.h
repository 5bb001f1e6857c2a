#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/setting_sources.h"
#include "server/settings.h"

namespace kith::server {

// What the command line of kithd asks for.
struct CommandLine {
  // Set: print this and leave with `exit_code` (--help, --version, an error).
  std::optional<std::string> message;
  int exit_code = 0;
  std::optional<std::string> config_file;
  SettingTexts flags;
};

CommandLine ParseCommandLine(int argc, const char* const* argv,
                             const std::string& version);

// Flags over environment over file over defaults. Errors name what is wrong.
absl::StatusOr<Settings> LoadSettings(const CommandLine& command_line,
                                      const Environment& environment);

}  // namespace kith::server
