#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "kith/schema_tools.h"
#include "tools/kith/output.h"

namespace kith::tool {

// A complaint about a place in a schema. Lines and columns count from 1; a
// line of 0 means that the place is not known.
struct Diagnostic {
  std::string message;
  std::string reason;  // name of the ErrorReason; of a warning, its code
  bool is_warning = false;
  std::string file;  // the one it is in; empty: not known
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t end_line = 0;
  uint32_t end_column = 0;  // just past the last byte
};

// From the positions in the error's metadata.
Diagnostic DiagnosticOf(const absl::Status& status);
Diagnostic DiagnosticOf(const SchemaWarning& warning);

// `path:line:column: error: message`, or `warning: message [code]`, then the
// line of `source` with a caret under the offending text. Ends with '\n'.
std::string DrawDiagnostic(std::string_view path, std::string_view source,
                           const Diagnostic& diagnostic);

Json JsonOf(std::string_view path, const Diagnostic& diagnostic);

}  // namespace kith::tool
