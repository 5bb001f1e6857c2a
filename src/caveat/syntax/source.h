#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace kith::caveat {

// A place in an expression; both count from 1, columns in code points.
struct Position {
  int line = 1;
  int column = 1;
};

Position PositionAt(std::string_view text, size_t offset);

// Mistakes in an expression, `line 1, column 7: message`. SyntaxError is
// INVALID_ARGUMENT SCHEMA_PARSE_ERROR, TypeError is FAILED_PRECONDITION
// SCHEMA_TYPE_ERROR; both name the place, counted from the start of the
// expression, in the metadata start_line_number and start_column_position.
absl::Status SyntaxError(std::string_view text, size_t offset,
                         std::string_view message);
absl::Status TypeError(std::string_view text, size_t offset,
                       std::string_view message);

}  // namespace kith::caveat
