#include "schema/syntax/caveat_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "schema/limits.h"
#include "schema/suggestion.h"

namespace kith::schema {
namespace {

constexpr size_t kMaxCaveatNameBytes = 128;

constexpr std::array<std::string_view, 10> kPlainTypes = {
    "any", "bool",      "bytes",  "double",    "duration",
    "int", "ipaddress", "string", "timestamp", "uint"};

// Words that CEL does not take as the name of a variable.
constexpr std::array<std::string_view, 21> kCelReserved = {
    "as",       "break",   "const",  "continue", "else", "false", "for",
    "function", "if",      "import", "in",       "let",  "loop",  "namespace",
    "null",     "package", "return", "true",     "var",  "void",  "while"};

template <size_t kSize>
bool Contains(const std::array<std::string_view, kSize>& words,
              std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

absl::Status UnknownType(const Token& token) {
  std::vector<std::string_view> known(kPlainTypes.begin(), kPlainTypes.end());
  known.insert(known.end(), {"list", "map"});
  return ParseError(
      {token.range, std::string(token.text),
       fmt::format("unknown parameter type {}: expected any, bool, bytes, "
                   "double, duration, int, ipaddress, list<T>, map<T>, "
                   "string, timestamp or uint",
                   Quoted(token.text)),
       DidYouMean(token.text, known)});
}

absl::StatusOr<std::string> ParseType(TokenStream* tokens) {
  std::string out;
  int open = 0;
  while (true) {
    KITH_ASSIGN_OR_RETURN(
        const Token name,
        tokens->Expect(TokenKind::kIdentifier, "the type of the parameter"));
    out += name.text;
    if (Contains(kPlainTypes, name.text)) break;
    if (name.text != "list" && name.text != "map") return UnknownType(name);
    if (++open > kMaxNesting) {
      return ParseError(
          {name.range,
           std::string(name.text),
           fmt::format("type nested more than {} deep", kMaxNesting),
           {}});
    }
    KITH_RETURN_IF_ERROR(
        tokens
            ->Expect(TokenKind::kLeftAngle,
                     fmt::format("\"<\" and the type of what the {} holds",
                                 name.text))
            .status());
    out += '<';
  }
  for (; open > 0; --open) {
    KITH_RETURN_IF_ERROR(
        tokens->Expect(TokenKind::kRightAngle, "\">\"").status());
    out += '>';
  }
  return out;
}

absl::Status CheckParameterName(const Token& name, bool is_new) {
  if (Contains(kCelReserved, name.text)) {
    return ParseError({name.range,
                       std::string(name.text),
                       fmt::format("parameter name {} is a reserved word of "
                                   "the expression language",
                                   Quoted(name.text)),
                       {}});
  }
  if (is_new) return absl::OkStatus();
  return ParseError({name.range,
                     std::string(name.text),
                     "duplicate parameter " + Quoted(name.text),
                     {}});
}

absl::Status ParseParameters(TokenStream* tokens, Caveat* caveat) {
  absl::flat_hash_set<std::string_view> seen;
  do {
    KITH_ASSIGN_OR_RETURN(
        const Token name,
        tokens->Expect(TokenKind::kIdentifier, "the name of a parameter"));
    KITH_RETURN_IF_ERROR(
        CheckParameterName(name, seen.insert(name.text).second));
    KITH_ASSIGN_OR_RETURN(std::string type, ParseType(tokens));
    caveat->parameters.push_back({std::string(name.text), std::move(type)});
  } while (tokens->Accept(TokenKind::kComma));
  return absl::OkStatus();
}

// Where the first byte of `text` that is no white space is.
Position BeginOf(std::string_view text, Position at) {
  for (const char c : text) {
    if (!absl::ascii_isspace(static_cast<unsigned char>(c))) break;
    at =
        c == '\n' ? Position{at.line + 1, 1} : Position{at.line, at.column + 1};
  }
  return at;
}

}  // namespace

absl::StatusOr<Caveat> ParseCaveat(TokenStream* tokens) {
  Caveat caveat;
  KITH_ASSIGN_OR_RETURN(const Token name,
                        tokens->ExpectPath("the name of the caveat"));
  if (name.text.size() > kMaxCaveatNameBytes) {
    return ParseError({name.range,
                       std::string(name.text),
                       fmt::format("caveat name {} is longer than {} bytes",
                                   Quoted(name.text), kMaxCaveatNameBytes),
                       {}});
  }
  caveat.name = name.text;
  caveat.range = name.range;
  KITH_RETURN_IF_ERROR(tokens
                           ->Expect(TokenKind::kLeftParen,
                                    "\"(\" and the parameters of the caveat")
                           .status());
  KITH_RETURN_IF_ERROR(ParseParameters(tokens, &caveat));
  KITH_RETURN_IF_ERROR(
      tokens->Expect(TokenKind::kRightParen, "\",\" or \")\"").status());
  if (!tokens->At(TokenKind::kLeftBrace)) {
    return tokens->Unexpected("\"{\" and the expression of the caveat");
  }
  const Position block = tokens->current().range.end;
  KITH_ASSIGN_OR_RETURN(const std::string_view text, tokens->TakeCelBlock());
  caveat.expression = text;
  caveat.expression_begin = BeginOf(text, block);
  absl::StripAsciiWhitespace(&caveat.expression);
  if (caveat.expression.empty()) {
    return tokens->Unexpected("the expression of the caveat");
  }
  tokens->Consume();
  return caveat;
}

}  // namespace kith::schema
