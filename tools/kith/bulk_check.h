#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "kith/values.h"

namespace kith::tool {

struct Tool;

struct BulkCheckOptions {
  Consistency consistency;
  Struct context;  // of every question, below its own
};

// Answers every line of `path` (one question a line, in text or as a JSON
// object; blank lines and lines that begin with `//` or `#` are skipped) in the
// order of the file, a page of
// questions a call and several calls in flight, so memory stays bounded.
// Returns the exit code: kExitRefused when a line could not be answered.
absl::StatusOr<int> BulkCheck(Tool& tool, const std::string& path,
                              const BulkCheckOptions& options);

}  // namespace kith::tool
