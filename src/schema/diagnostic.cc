#include "schema/diagnostic.h"

#include "base/error.h"
#include "fmt/format.h"

namespace kith::schema {
namespace {

// A status travels in the headers of a reply, which have little room.
constexpr size_t kMaxValueBytes = 256;

std::string Cut(std::string_view value) {
  if (value.size() <= kMaxValueBytes) return std::string(value);
  size_t end = kMaxValueBytes;
  // Not within a UTF-8 sequence.
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) {
    --end;
  }
  return std::string(value.substr(0, end)) + "...";
}

ErrorInfo InfoOf(const Diagnostic& diagnostic, ErrorReason reason) {
  const Range& range = diagnostic.range;
  ErrorInfo info;
  info.reason = reason;
  info.metadata = {
      {"source_code", Cut(diagnostic.offending)},
      {"start_line_number", fmt::to_string(range.begin.line)},
      {"start_column_position", fmt::to_string(range.begin.column)},
      {"end_line_number", fmt::to_string(range.end.line)},
      {"end_column_position", fmt::to_string(range.end.column)},
  };
  return info;
}

}  // namespace

std::string Diagnostic::ToString() const {
  std::string text = fmt::format("line {}, column {}: {}", range.begin.line,
                                 range.begin.column, message);
  if (!hint.empty()) text += "; hint: " + hint;
  return text;
}

absl::Status ParseError(const Diagnostic& diagnostic) {
  return MakeError(absl::StatusCode::kInvalidArgument, diagnostic.ToString(),
                   InfoOf(diagnostic, ErrorReason::kSchemaParseError));
}

absl::Status TypeError(const Diagnostic& diagnostic, const NamedParts& parts) {
  ErrorInfo info = InfoOf(diagnostic, ErrorReason::kSchemaTypeError);
  for (const auto& [key, value] : parts) {
    info.metadata.emplace(key, Cut(value));
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, diagnostic.ToString(),
                   info);
}

}  // namespace kith::schema
