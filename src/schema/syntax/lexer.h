#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "schema/diagnostic.h"
#include "schema/syntax/token.h"

namespace kith::schema {

// Cuts a schema text into tokens, one at a time, in one pass. The text must
// outlive the lexer and its tokens.
class Lexer {
 public:
  // Lines count from `first_line`.
  explicit Lexer(std::string_view text, uint32_t first_line = 1);

  // kEnd again and again at the end; kError for good after a mistake.
  Token Next();

  // Why the last token was kError.
  const Diagnostic& error() const { return error_; }

  // The CEL text from here to the `}` that balances a `{` just returned, which
  // stays to be read. Strings and comments may hold any braces. `words`, when
  // given, receives the identifiers and keywords outside of both.
  absl::StatusOr<std::string_view> CelBlock(
      std::vector<std::string_view>* words = nullptr);

 private:
  bool SkipSpaceAndComments(Token* token);
  bool SkipComment(Comment* comment);
  bool SkipString(bool raw);
  void LexPunctuation(Token* token);
  bool SkipCelWord(std::vector<std::string_view>* words);
  void Advance(size_t bytes = 1);
  bool At(std::string_view prefix) const {
    return text_.substr(offset_, prefix.size()) == prefix;
  }
  bool AtEnd() const { return offset_ >= text_.size(); }
  char Peek() const { return text_[offset_]; }
  Position Here() const { return {line_, column_}; }
  void Fail(Position begin, std::string_view offending, std::string message,
            std::string hint = {});

  std::string_view text_;
  size_t offset_ = 0;
  uint32_t line_;
  uint32_t column_ = 1;
  uint32_t last_line_;  // where the last token or comment ended
  bool failed_ = false;
  Diagnostic error_;
};

// Whether `c` may begin, or stand within, an identifier.
bool IsIdentifierStart(char c);
bool IsIdentifierPart(char c);

}  // namespace kith::schema
