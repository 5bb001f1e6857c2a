#include "caveat/syntax/source.h"

#include "base/error.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

absl::Status ErrorAt(absl::StatusCode code, ErrorReason reason,
                     std::string_view text, size_t offset,
                     std::string_view message) {
  const Position at = PositionAt(text, offset);
  return MakeError(
      code, reason,
      fmt::format("line {}, column {}: {}", at.line, at.column, message),
      {{"start_line_number", fmt::to_string(at.line)},
       {"start_column_position", fmt::to_string(at.column)}});
}

}  // namespace

Position PositionAt(std::string_view text, size_t offset) {
  Position at;
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++at.line;
      at.column = 1;
    } else if ((c & 0xc0) != 0x80) {  // not a continuation byte
      ++at.column;
    }
  }
  return at;
}

absl::Status SyntaxError(std::string_view text, size_t offset,
                         std::string_view message) {
  return ErrorAt(absl::StatusCode::kInvalidArgument,
                 ErrorReason::kSchemaParseError, text, offset, message);
}

absl::Status TypeError(std::string_view text, size_t offset,
                       std::string_view message) {
  return ErrorAt(absl::StatusCode::kFailedPrecondition,
                 ErrorReason::kSchemaTypeError, text, offset, message);
}

}  // namespace kith::caveat
