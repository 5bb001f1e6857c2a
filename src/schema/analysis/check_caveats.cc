#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "base/status_macros.h"
#include "caveat/caveat.h"
#include "fmt/format.h"
#include "kith/errors.h"
#include "model/utf8.h"
#include "schema/analysis/type_check.h"
#include "schema/diagnostic.h"
#include "schema/syntax/lexer.h"

namespace kith::schema {
namespace {

// The words of a CEL text outside of strings and comments. The parser found
// its end, so the lexer finds it again.
absl::flat_hash_set<std::string> WordsOf(const Caveat& caveat) {
  const std::string block = caveat.expression + "\n}";
  std::vector<std::string_view> words;
  Lexer(block).CelBlock(&words).IgnoreError();
  return {words.begin(), words.end()};
}

uint32_t NumberOf(const ErrorInfo& info, const std::string& key) {
  uint32_t number = 1;
  const auto it = info.metadata.find(key);
  if (it != info.metadata.end()) {
    std::from_chars(it->second.data(), it->second.data() + it->second.size(),
                    number);
  }
  return number;
}

// The error of an expression, whose places count from its own begin, as one of
// the schema.
absl::Status ExpressionError(const Caveat& caveat, const absl::Status& error) {
  const ErrorInfo info = GetErrorInfo(error).value_or(ErrorInfo());
  const uint32_t line = NumberOf(info, "start_line_number");
  const uint32_t column = NumberOf(info, "start_column_position");
  Position at = caveat.expression_begin;
  at.column = line == 1 ? at.column + column - 1 : column;
  at.line += line - 1;
  std::string message(error.message());
  const std::string place = fmt::format("line {}, column {}: ", line, column);
  if (const size_t found = message.find(place); found != std::string::npos) {
    message.erase(found, place.size());
  }
  return ParseError({{at, at}, caveat.expression, std::move(message), {}});
}

absl::Status CompileExpression(Caveat* declared) {
  const Caveat& caveat = *declared;
  std::vector<caveat::Parameter> parameters;
  for (const CaveatParameter& parameter : caveat.parameters) {
    parameters.push_back({parameter.name, parameter.type});
  }
  auto compiled =
      caveat::CompileCaveat(caveat.name, parameters, caveat.expression);
  if (!compiled.ok()) return ExpressionError(caveat, compiled.status());
  declared->compiled = *std::move(compiled);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCaveats(Schema* schema) {
  for (Caveat& caveat : schema->caveats_) {
    KITH_RETURN_IF_ERROR(CompileExpression(&caveat));
    const absl::flat_hash_set<std::string> words = WordsOf(caveat);
    for (const CaveatParameter& parameter : caveat.parameters) {
      if (words.contains(parameter.name)) continue;
      return TypeError(
          {caveat.range, caveat.name,
           fmt::format("parameter {} of caveat {} is not used in its "
                       "expression",
                       Quoted(parameter.name), Quoted(caveat.name)),
           "remove the parameter"},
          {{"caveat_name", caveat.name}, {"parameter_name", parameter.name}});
    }
  }
  return absl::OkStatus();
}

}  // namespace kith::schema
