#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"

namespace kith::schema {

enum class TokenKind : uint8_t {
  kEnd,
  kIdentifier,  // keywords too: which words are depends on the `use` flags
  kString,      // quotes included
  kLeftBrace,
  kRightBrace,
  kLeftParen,
  kRightParen,
  kLeftAngle,
  kRightAngle,
  kColon,
  kSemicolon,
  kComma,
  kDot,
  kEllipsis,
  kPipe,
  kPlus,
  kAmpersand,
  kMinus,
  kArrow,
  kHash,
  kStar,
  kEquals,
  kSlash,
  kError,  // not a token; Lexer::error() says why
};

struct Comment {
  // Delimiters included. Lines after the first lose the indentation they share
  // with the first, and no line ends in space.
  std::string text;
  Range range;
  bool blank_before = false;  // an empty line lies before it
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // into the source
  Range range;
  size_t offset = 0;              // of the first byte in the source
  bool newline_before = false;    // a line ends between it and the last token
  bool blank_before = false;      // an empty line lies right before it
  std::vector<Comment> comments;  // those since the last token

  bool Is(TokenKind k) const { return kind == k; }
  bool IsWord(std::string_view word) const {
    return kind == TokenKind::kIdentifier && text == word;
  }
};

}  // namespace kith::schema
