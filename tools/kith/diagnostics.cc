#include "tools/kith/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "kith/errors.h"

namespace kith::tool {
namespace {

constexpr std::string_view kHint = "; hint: ";

// 0 when absent.
uint32_t Number(const ErrorInfo& info, const std::string& key) {
  const auto it = info.metadata.find(key);
  uint32_t number = 0;
  if (it == info.metadata.end() || !absl::SimpleAtoi(it->second, &number)) {
    return 0;
  }
  return number;
}

// `line` counts from 1; empty when there is no such line.
std::string_view SourceLine(std::string_view source, uint32_t line) {
  for (uint32_t i = 1; i < line; ++i) {
    const size_t end = source.find('\n');
    if (end == std::string_view::npos) return {};
    source.remove_prefix(end + 1);
  }
  source = source.substr(0, source.find('\n'));
  if (source.ends_with('\r')) source.remove_suffix(1);
  return source;
}

// Blanks as wide as `text` is on a terminal: tabs stay, and of a character of
// several bytes only the first counts.
std::string BlanksFor(std::string_view text) {
  std::string blanks;
  for (const char c : text) {
    if (c == '\t') {
      blanks += '\t';
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      blanks += ' ';
    }
  }
  return blanks;
}

}  // namespace

Diagnostic DiagnosticOf(const absl::Status& status) {
  Diagnostic diagnostic;
  diagnostic.message = std::string(status.message());
  const ErrorInfo info = GetErrorInfo(status).value_or(ErrorInfo{});
  diagnostic.reason = std::string(ErrorReasonName(info.reason));
  diagnostic.line = Number(info, "start_line_number");
  diagnostic.column = Number(info, "start_column_position");
  diagnostic.end_line = Number(info, "end_line_number");
  diagnostic.end_column = Number(info, "end_column_position");
  const auto file = info.metadata.find("file");
  if (file != info.metadata.end()) diagnostic.file = file->second;
  // The place is told beside the message, not in it.
  const std::string prefix = fmt::format(
      "{}{}line {}, column {}: ", diagnostic.file,
      diagnostic.file.empty() ? "" : ": ", diagnostic.line, diagnostic.column);
  if (diagnostic.message.starts_with(prefix)) {
    diagnostic.message.erase(0, prefix.size());
  }
  return diagnostic;
}

Diagnostic DiagnosticOf(const SchemaWarning& warning) {
  return {.message = warning.message,
          .reason = warning.code,
          .is_warning = true,
          .file = warning.file,
          .line = warning.line,
          .column = warning.column,
          .end_line = warning.end_line,
          .end_column = warning.end_column};
}

std::string DrawDiagnostic(std::string_view path, std::string_view source,
                           const Diagnostic& diagnostic) {
  const size_t hint = diagnostic.message.find(kHint);
  const std::string message =
      diagnostic.is_warning ? fmt::format("warning: {} [{}]",
                                          diagnostic.message, diagnostic.reason)
                            : "error: " + diagnostic.message.substr(0, hint);
  const std::string hint_line =
      hint == std::string::npos
          ? ""
          : fmt::format("  hint: {}\n",
                        diagnostic.message.substr(hint + kHint.size()));
  if (diagnostic.line == 0) {
    return fmt::format("{}: {}\n{}", path, message, hint_line);
  }
  std::string text = fmt::format("{}:{}:{}: {}\n", path, diagnostic.line,
                                 diagnostic.column, message);
  const std::string_view line = SourceLine(source, diagnostic.line);
  if (!line.empty() && diagnostic.column > 0) {
    const size_t begin = std::min<size_t>(diagnostic.column - 1, line.size());
    size_t end = line.size();
    if (diagnostic.end_line <= diagnostic.line) {
      end = std::min<size_t>(end,
                             std::max<uint32_t>(diagnostic.end_column, 1) - 1);
    }
    end = std::max(end, begin);
    const std::string number = fmt::to_string(diagnostic.line);
    const size_t width = BlanksFor(line.substr(begin, end - begin)).size();
    text += fmt::format("  {} | {}\n", number, line);
    text += fmt::format("  {} | {}^{}\n", std::string(number.size(), ' '),
                        BlanksFor(line.substr(0, begin)),
                        std::string(width > 1 ? width - 1 : 0, '~'));
  }
  return text + hint_line;
}

Json JsonOf(std::string_view path, const Diagnostic& diagnostic) {
  return {{"file", path},
          {"line", diagnostic.line},
          {"column", diagnostic.column},
          {"end_line", diagnostic.end_line},
          {"end_column", diagnostic.end_column},
          {"reason", diagnostic.reason},
          {"message", diagnostic.message}};
}

}  // namespace kith::tool
