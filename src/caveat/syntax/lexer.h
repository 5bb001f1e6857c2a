#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kith::caveat {

enum class TokenKind {
  kEnd,
  kIdentifier,
  kQuotedIdentifier,  // `a field that is no identifier`, in backquotes
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kSymbol,  // operators and punctuation
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  size_t offset = 0;
  // As written; of a quoted identifier what is between the quotes.
  std::string_view text;
  // Content of strings and bytes.
  std::string bytes;

  bool Is(std::string_view symbol) const {
    return kind == TokenKind::kSymbol && text == symbol;
  }
  // The reserved word `word` or the identifier spelt so.
  bool IsWord(std::string_view word) const {
    return kind == TokenKind::kIdentifier && text == word;
  }
};

// Splits an expression into tokens, one at a time: memory is that of one
// token. Skips white space and `//` comments. Errors are SyntaxErrors.
class Lexer {
 public:
  // `text` must outlive the lexer and its tokens.
  explicit Lexer(std::string_view text) : text_(text) {}

  absl::StatusOr<Token> Next();

 private:
  void SkipBlanks();
  absl::StatusOr<Token> Number(Token token);
  absl::StatusOr<Token> Quoted(Token token, std::string_view prefix);
  absl::StatusOr<Token> QuotedIdentifier(Token token);
  absl::StatusOr<Token> Symbol(Token token);
  size_t SkipDigits(size_t at) const;
  // Where the literal ends whose content starts at `at`; npos: nowhere.
  size_t FindQuote(std::string_view quote, size_t at, bool is_raw) const;
  char At(size_t at) const { return at < text_.size() ? text_[at] : '\0'; }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace kith::caveat
