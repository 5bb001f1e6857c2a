#include "caveat/syntax/lexer.h"

#include <algorithm>
#include <utility>

#include "caveat/syntax/escapes.h"
#include "caveat/syntax/source.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsQuote(char c) { return c == '"' || c == '\''; }

// Of the text before a quote: `r`, `b`, or both, in either case.
bool IsLiteralPrefix(std::string_view word) {
  const auto is = [](char c, char lower) { return (c | 0x20) == lower; };
  if (word.size() == 1) return is(word[0], 'r') || is(word[0], 'b');
  if (word.size() != 2) return false;
  return (is(word[0], 'r') && is(word[1], 'b')) ||
         (is(word[0], 'b') && is(word[1], 'r'));
}

bool HasLetter(std::string_view prefix, char lower) {
  return std::any_of(prefix.begin(), prefix.end(),
                     [lower](char c) { return (c | 0x20) == lower; });
}

}  // namespace

void Lexer::SkipBlanks() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '/' && At(at_ + 1) == '/') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else {
      return;
    }
  }
}

absl::StatusOr<Token> Lexer::Next() {
  SkipBlanks();
  Token token;
  token.offset = at_;
  if (at_ == text_.size()) return token;
  const char c = text_[at_];
  if (IsLetter(c)) {
    size_t end = at_;
    while (IsLetter(At(end)) || IsDigit(At(end))) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    if (IsQuote(At(end)) && IsLiteralPrefix(word)) return Quoted(token, word);
    token.kind = TokenKind::kIdentifier;
    token.text = word;
    return token;
  }
  if (IsDigit(c) || (c == '.' && IsDigit(At(at_ + 1)))) return Number(token);
  if (IsQuote(c)) return Quoted(token, "");
  if (c == '`') return QuotedIdentifier(token);
  return Symbol(token);
}

size_t Lexer::SkipDigits(size_t at) const {
  while (IsDigit(At(at))) ++at;
  return at;
}

absl::StatusOr<Token> Lexer::Number(Token token) {
  size_t end = at_;
  token.kind = TokenKind::kInt;
  if (At(end) == '0' && At(end + 1) == 'x' && IsHexDigit(At(end + 2))) {
    end += 2;
    while (IsHexDigit(At(end))) ++end;
  } else {
    end = SkipDigits(end);
    if (At(end) == '.' && IsDigit(At(end + 1))) {
      token.kind = TokenKind::kDouble;
      end = SkipDigits(end + 1);
    }
    if ((At(end) | 0x20) == 'e') {
      const size_t sign = At(end + 1) == '+' || At(end + 1) == '-' ? 1 : 0;
      const size_t digits = end + 1 + sign;
      if (IsDigit(At(digits))) {
        token.kind = TokenKind::kDouble;
        end = SkipDigits(digits);
      }
    }
  }
  token.text = text_.substr(at_, end - at_);
  if (token.kind == TokenKind::kInt && (At(end) | 0x20) == 'u') {
    token.kind = TokenKind::kUint;
    ++end;
  }
  at_ = end;
  return token;
}

size_t Lexer::FindQuote(std::string_view quote, size_t at, bool is_raw) const {
  const bool one_line = quote.size() == 1;
  while (at < text_.size()) {
    if (text_.compare(at, quote.size(), quote) == 0) return at;
    if (!is_raw && text_[at] == '\\') ++at;  // whatever follows is content
    if (one_line && (At(at) == '\n' || At(at) == '\r')) break;
    ++at;
  }
  return std::string_view::npos;
}

absl::StatusOr<Token> Lexer::Quoted(Token token, std::string_view prefix) {
  const bool is_bytes = HasLetter(prefix, 'b');
  const bool is_raw = HasLetter(prefix, 'r');
  token.kind = is_bytes ? TokenKind::kBytes : TokenKind::kString;
  std::string_view quote = text_.substr(at_, 1);
  if (At(at_ + 1) == quote[0] && At(at_ + 2) == quote[0]) {
    quote = text_.substr(at_, 3);
  }
  const size_t begin = at_ + quote.size();
  const size_t end = FindQuote(quote, begin, is_raw);
  if (end == std::string_view::npos) {
    return SyntaxError(text_, token.offset,
                       fmt::format("literal without its closing {}", quote));
  }
  at_ = end + quote.size();
  token.text = text_.substr(token.offset, at_ - token.offset);
  const std::string_view body = text_.substr(begin, end - begin);
  if (is_raw) {
    token.bytes = body;
    return token;
  }
  auto content = Unescape(text_, begin, body, is_bytes);
  if (!content.ok()) return content.status();
  token.bytes = *std::move(content);
  return token;
}

absl::StatusOr<Token> Lexer::QuotedIdentifier(Token token) {
  const size_t end = text_.find('`', at_ + 1);
  if (end == std::string_view::npos) {
    return SyntaxError(text_, at_, "identifier without its closing `");
  }
  token.kind = TokenKind::kQuotedIdentifier;
  token.text = text_.substr(at_ + 1, end - at_ - 1);
  const auto is_allowed = [](char c) {
    return IsLetter(c) || IsDigit(c) || c == '.' || c == '-' || c == '/' ||
           c == ' ';
  };
  if (token.text.empty() ||
      !std::all_of(token.text.begin(), token.text.end(), is_allowed)) {
    return SyntaxError(text_, at_,
                       "between backquotes stand letters, digits, _ . - / "
                       "and spaces");
  }
  at_ = end + 1;
  return token;
}

absl::StatusOr<Token> Lexer::Symbol(Token token) {
  constexpr std::string_view kSymbols[] = {
      "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/",
      "%",  "!",  "?",  ":",  ".",  ",",  "(", ")", "[", "]", "{", "}"};
  for (const std::string_view symbol : kSymbols) {
    if (text_.substr(at_, symbol.size()) != symbol) continue;
    token.kind = TokenKind::kSymbol;
    token.text = text_.substr(at_, symbol.size());
    at_ += symbol.size();
    return token;
  }
  const auto byte = static_cast<unsigned char>(text_[at_]);
  return SyntaxError(text_, at_,
                     byte > 0x20 && byte < 0x7f
                         ? fmt::format("unexpected \"{}\"", text_[at_])
                         : fmt::format("unexpected byte 0x{:02x}", byte));
}

}  // namespace kith::caveat
