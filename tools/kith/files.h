#pragma once

#include <istream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tools/kith/terminal.h"

namespace kith::tool {

// The whole of a file, or of standard input when `path` is "-".
absl::StatusOr<std::string> ReadAll(const std::string& path,
                                    Terminal& terminal);

// Replaces a file's content atomically: a reader, or a crash, sees the old or
// the new content. `mode` is that of the new file.
absl::Status ReplaceFile(const std::string& path, const std::string& content,
                         unsigned mode);

// Gives the file `from` the name `to`, replacing what has it. When it returns,
// content and name survive a crash of the machine.
absl::Status MoveDurably(const std::string& from, const std::string& to);

// A seekable stream of a file or, of standard input ("-") and pipes, of a copy
// in an unnamed temporary file, so that memory stays bounded.
absl::StatusOr<std::unique_ptr<std::istream>> OpenSeekable(
    const std::string& path, Terminal& terminal);

}  // namespace kith::tool
