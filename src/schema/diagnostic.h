#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "schema/schema.h"

namespace kith::schema {

// One mistake in a schema text: what the parser and the analysis report.
struct Diagnostic {
  Range range;
  std::string offending;  // the source text at `range`
  std::string message;    // what is wrong and what was expected
  std::string hint;       // how to put it right; empty: no idea

  // `line 3, column 12: unexpected "foo": expected "{"; hint: ...`.
  std::string ToString() const;
};

// Names that locate a type error: `definition_name`, `relation_name`, ...
using NamedParts = std::vector<std::pair<std::string_view, std::string_view>>;

// INVALID_ARGUMENT SCHEMA_PARSE_ERROR with the range and text as metadata; long
// values are cut.
absl::Status ParseError(const Diagnostic& diagnostic);
// FAILED_PRECONDITION SCHEMA_TYPE_ERROR with the same and `parts`.
absl::Status TypeError(const Diagnostic& diagnostic, const NamedParts& parts);

}  // namespace kith::schema
