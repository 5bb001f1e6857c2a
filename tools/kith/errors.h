#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "tools/kith/output.h"

namespace kith::tool {

// How the process ends; README.md has the table for scripts. Numbers from 64
// on are those of sysexits.h. Never changed.
enum ExitCode : int {
  kExitOk = 0,           // done; of a check: has permission
  kExitNo = 1,           // no permission; invalid, unformatted or failing file
  kExitConditional = 2,  // of a check: depends on context that is missing
  kExitUsage = 64,       // the command line makes no sense
  kExitRefused = 65,     // the data or the request was refused
  kExitNoInput = 66,     // a file could not be read
  kExitUnavailable = 69,
  kExitInternal = 70,
  kExitCannotWrite = 73,  // a file could not be written
  kExitDenied = 77,       // not authenticated or not allowed
};

// The command line or an option's value makes no sense.
absl::Status UsageError(std::string_view message);
absl::Status CannotRead(std::string_view path, std::string_view why);
// The file's bytes are not what they were when it was written.
absl::Status DamagedFile(std::string_view path, std::string_view why);
absl::Status CannotWrite(std::string_view path, std::string_view why);

int ExitCodeOf(const absl::Status& status);

// Says on standard error what went wrong: text, or under --json one object
// {code, reason, message, metadata}. Returns the exit code.
int ReportError(const absl::Status& status, Output& output);

}  // namespace kith::tool
