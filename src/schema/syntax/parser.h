#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "schema/syntax/ast.h"

namespace kith::schema {

// Parses a schema text. Linear in its length; INVALID_ARGUMENT
// SCHEMA_PARSE_ERROR at the first mistake and when a limit of limits.h that
// concerns the text alone is passed. Lines count from `first_line`.
absl::StatusOr<File> Parse(std::string_view text, uint32_t first_line = 1);

}  // namespace kith::schema
