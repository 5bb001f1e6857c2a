#include "schema/syntax/lexer.h"

#include <array>
#include <utility>

#include "model/utf8.h"

namespace kith::schema {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view TrimRight(std::string_view line) {
  while (!line.empty() && IsSpace(line.back())) line.remove_suffix(1);
  return line;
}

// Comment text as it is kept: see Comment::text. `indent` is how many bytes
// precede it on its first line.
std::string NormalComment(std::string_view raw, size_t indent) {
  std::string out;
  bool first = true;
  while (true) {
    const size_t end = raw.find('\n');
    std::string_view line = raw.substr(0, end);
    for (size_t i = 0; !first && i < indent && !line.empty(); ++i) {
      if (!IsSpace(line.front())) break;
      line.remove_prefix(1);
    }
    if (!first) out += '\n';
    out += TrimRight(line);
    first = false;
    if (end == std::string_view::npos) return out;
    raw.remove_prefix(end + 1);
  }
}

constexpr std::array<std::pair<std::string_view, TokenKind>, 19> kPunctuation =
    {{
        {"...", TokenKind::kEllipsis}, {"->", TokenKind::kArrow},
        {"{", TokenKind::kLeftBrace},  {"}", TokenKind::kRightBrace},
        {"(", TokenKind::kLeftParen},  {")", TokenKind::kRightParen},
        {"<", TokenKind::kLeftAngle},  {">", TokenKind::kRightAngle},
        {":", TokenKind::kColon},      {";", TokenKind::kSemicolon},
        {",", TokenKind::kComma},      {".", TokenKind::kDot},
        {"|", TokenKind::kPipe},       {"+", TokenKind::kPlus},
        {"&", TokenKind::kAmpersand},  {"-", TokenKind::kMinus},
        {"#", TokenKind::kHash},       {"*", TokenKind::kStar},
        {"=", TokenKind::kEquals},
    }};

}  // namespace

bool IsIdentifierStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsIdentifierPart(char c) {
  return IsIdentifierStart(c) || (c >= '0' && c <= '9');
}

Lexer::Lexer(std::string_view text, uint32_t first_line)
    : text_(text), line_(first_line), last_line_(first_line) {
  if (At("\xEF\xBB\xBF")) offset_ = 3;
}

void Lexer::Advance(size_t bytes) {
  for (; bytes > 0; --bytes, ++offset_) {
    if (Peek() == '\n') {
      ++line_;
      column_ = 1;
    } else {
      ++column_;
    }
  }
}

void Lexer::Fail(Position begin, std::string_view offending,
                 std::string message, std::string hint) {
  failed_ = true;
  error_ = {{begin, Here()},
            std::string(offending),
            std::move(message),
            std::move(hint)};
}

Token Lexer::Next() {
  Token token;
  token.kind = TokenKind::kError;
  if (failed_) return token;
  if (!SkipSpaceAndComments(&token)) return token;
  token.range.begin = Here();
  token.offset = offset_;
  if (AtEnd()) {
    token.kind = TokenKind::kEnd;
  } else if (IsIdentifierStart(Peek())) {
    while (!AtEnd() && IsIdentifierPart(Peek())) Advance();
    token.kind = TokenKind::kIdentifier;
  } else if (Peek() == '"' || Peek() == '\'') {
    if (!SkipString(/*raw=*/false)) return token;
    token.kind = TokenKind::kString;
  } else {
    LexPunctuation(&token);
  }
  token.text = text_.substr(token.offset, offset_ - token.offset);
  token.range.end = Here();
  last_line_ = line_;
  return token;
}

void Lexer::LexPunctuation(Token* token) {
  for (const auto& [text, kind] : kPunctuation) {
    if (!At(text)) continue;
    Advance(text.size());
    token->kind = kind;
    return;
  }
  if (At("/")) {
    Advance();
    token->kind = TokenKind::kSlash;
    return;
  }
  size_t bytes = 1;  // the whole of a UTF-8 sequence
  while (offset_ + bytes < text_.size() &&
         (static_cast<unsigned char>(text_[offset_ + bytes]) & 0xC0) == 0x80) {
    ++bytes;
  }
  const std::string_view offending = text_.substr(offset_, bytes);
  Advance(bytes);
  Fail(token->range.begin, offending,
       "unexpected character " + Quoted(offending));
}

bool Lexer::SkipSpaceAndComments(Token* token) {
  const uint32_t token_line = last_line_;
  while (!AtEnd()) {
    if (IsSpace(Peek()) || Peek() == '\n') {
      Advance();
    } else if (At("//") || At("/*")) {
      Comment comment;
      comment.blank_before = line_ > last_line_ + 1;
      if (!SkipComment(&comment)) return false;
      token->comments.push_back(std::move(comment));
      last_line_ = line_;
    } else {
      break;
    }
  }
  token->newline_before = line_ > token_line;
  token->blank_before = line_ > last_line_ + 1;
  return true;
}

bool Lexer::SkipComment(Comment* comment) {
  comment->range.begin = Here();
  const size_t begin = offset_;
  if (At("//")) {
    while (!AtEnd() && Peek() != '\n') Advance();
  } else {
    const size_t end = text_.find("*/", offset_ + 2);
    if (end == std::string_view::npos) {
      Advance(2);
      Fail(comment->range.begin, "/*", "comment without an end: no \"*/\"");
      return false;
    }
    Advance(end + 2 - offset_);
  }
  comment->range.end = Here();
  comment->text = NormalComment(text_.substr(begin, offset_ - begin),
                                comment->range.begin.column - 1);
  return true;
}

bool Lexer::SkipString(bool raw) {
  const Position begin = Here();
  const std::string_view one = text_.substr(offset_, 1);
  const std::string_view three = text_.substr(offset_, 3);
  const bool triple = three == "\"\"\"" || three == "'''";
  const std::string_view quote = triple ? three : one;
  Advance(quote.size());
  while (!AtEnd() && (triple || Peek() != '\n')) {
    if (At(quote)) {
      Advance(quote.size());
      return true;
    }
    const bool escape = Peek() == '\\' && !raw;
    Advance(escape && offset_ + 1 < text_.size() ? 2 : 1);
  }
  Fail(begin, quote, "string without an end");
  return false;
}

// A word, or the string that it is the prefix of: r"..", also together with b,
// has no escapes.
bool Lexer::SkipCelWord(std::vector<std::string_view>* words) {
  const size_t begin = offset_;
  while (!AtEnd() && IsIdentifierPart(Peek())) Advance();
  const std::string_view word = text_.substr(begin, offset_ - begin);
  if (!AtEnd() && (Peek() == '"' || Peek() == '\'')) {
    return SkipString(word.size() <= 2 &&
                      word.find_first_of("rR") != std::string_view::npos);
  }
  if (words != nullptr) words->push_back(word);
  return true;
}

absl::StatusOr<std::string_view> Lexer::CelBlock(
    std::vector<std::string_view>* words) {
  const size_t begin = offset_;
  const Position opened{line_, column_ - 1};
  int depth = 1;
  while (!AtEnd()) {
    const char c = Peek();
    if (At("//") || At("/*")) {
      Comment ignored;
      if (!SkipComment(&ignored)) return ParseError(error_);
    } else if (c == '"' || c == '\'') {
      if (!SkipString(/*raw=*/false)) return ParseError(error_);
    } else if (IsIdentifierStart(c)) {
      if (!SkipCelWord(words)) return ParseError(error_);
    } else {
      if (c == '{') ++depth;
      if (c == '}' && --depth == 0) {
        last_line_ = line_;
        return text_.substr(begin, offset_ - begin);
      }
      Advance();
    }
  }
  Fail(opened, "{", "caveat without an end: no \"}\" for this \"{\"");
  return ParseError(error_);
}

}  // namespace kith::schema
