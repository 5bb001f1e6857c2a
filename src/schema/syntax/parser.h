#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "schema/syntax/ast.h"

namespace kith::schema {

// Parses a schema text. Linear in its length; INVALID_ARGUMENT
// SCHEMA_PARSE_ERROR at the first mistake and when a limit of limits.h that
// concerns the text alone is passed.
absl::StatusOr<File> Parse(std::string_view text);

}  // namespace kith::schema
