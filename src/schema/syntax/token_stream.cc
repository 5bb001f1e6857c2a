#include "schema/syntax/token_stream.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "fmt/format.h"
#include "model/utf8.h"

namespace kith::schema {
namespace {

constexpr std::array<std::string_view, 6> kReserved = {
    "definition", "caveat", "relation", "permission", "nil", "with"};

// One comment a line; an empty line between two of them stays.
std::string Join(std::span<const Comment> comments) {
  std::string out;
  for (const Comment& comment : comments) {
    if (!out.empty()) out += comment.blank_before ? "\n\n" : "\n";
    out += comment.text;
  }
  return out;
}

}  // namespace

TokenStream::TokenStream(std::string_view text, uint32_t first_line)
    : source_(text), lexer_(text, first_line) {
  current_ = lexer_.Next();
}

Token TokenStream::Advance() {
  Token token = std::exchange(current_, Token());
  last_end_ = token.range.end;
  last_offset_ = token.offset + token.text.size();
  current_ = lexer_.Next();
  return token;
}

Token TokenStream::Consume() {
  TakeAsInner();
  return Advance();
}

void TokenStream::TakeAsInner() {
  std::move(current_.comments.begin(), current_.comments.end(),
            std::back_inserter(inner_));
  current_.comments.clear();
}

bool TokenStream::Accept(TokenKind kind) {
  if (!At(kind)) return false;
  Consume();
  return true;
}

bool TokenStream::AcceptWord(std::string_view word) {
  if (!AtWord(word)) return false;
  Consume();
  return true;
}

absl::StatusOr<Token> TokenStream::Expect(TokenKind kind,
                                          std::string_view what) {
  if (!At(kind)) return Unexpected(what);
  return Consume();
}

absl::StatusOr<Token> TokenStream::ExpectName(std::string_view what) {
  if (!At(TokenKind::kIdentifier) || IsReserved(current_.text)) {
    return Unexpected(what);
  }
  return Consume();
}

absl::StatusOr<Token> TokenStream::ExpectPath(std::string_view what) {
  absl::StatusOr<Token> path = ExpectName(what);
  while (path.ok() && At(TokenKind::kSlash)) {
    Consume();
    const absl::StatusOr<Token> segment =
        ExpectName("the next part of the name after \"/\"");
    if (!segment.ok()) return segment.status();
    if (segment->offset != path->offset + path->text.size() + 1) {
      const std::string_view text =
          source_.substr(path->offset, last_offset_ - path->offset);
      return ParseError({{path->range.begin, last_end_},
                         std::string(text),
                         "space within the name " + Quoted(text),
                         {}});
    }
    path->text = source_.substr(path->offset, last_offset_ - path->offset);
    path->range.end = last_end_;
  }
  return path;
}

void TokenStream::SkipSemicolons() {
  if (!At(TokenKind::kSemicolon)) return;
  std::vector<Comment> comments;
  bool blank_before = false;
  const auto take_comments = [&] {
    blank_before |= current_.blank_before;
    std::move(current_.comments.begin(), current_.comments.end(),
              std::back_inserter(comments));
  };
  while (At(TokenKind::kSemicolon)) {
    take_comments();
    Advance();
  }
  take_comments();
  current_.comments = std::move(comments);
  current_.blank_before = blank_before;
}

absl::Status TokenStream::Unexpected(std::string_view expected,
                                     std::string_view hint) const {
  if (At(TokenKind::kError)) return ParseError(lexer_.error());
  std::string found = Quoted(current_.text);
  if (At(TokenKind::kEnd)) {
    found = "end of text";
  } else if (At(TokenKind::kIdentifier) && IsReserved(current_.text)) {
    found = "keyword " + found;
  }
  return ParseError({current_.range, std::string(current_.text),
                     fmt::format("unexpected {}: expected {}", found, expected),
                     std::string(hint)});
}

bool TokenStream::IsReserved(std::string_view word) const {
  if (std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end()) {
    return true;
  }
  if (word == "self") return Uses("self");
  if (word == "expiration" || word == "and") return Uses("expiration");
  return false;
}

std::string TokenStream::TakeLeading() {
  const std::vector<Comment> comments =
      std::exchange(current_.comments, std::vector<Comment>());
  if (!comments.empty()) current_.blank_before = comments.front().blank_before;
  return Join(comments);
}

std::string TokenStream::TakeTrailing() {
  if (!current_.newline_before && !At(TokenKind::kEnd)) return {};
  std::vector<Comment>& comments = current_.comments;
  std::string out;
  size_t taken = 0;
  for (; taken < comments.size(); ++taken) {
    const Comment& comment = comments[taken];
    if (comment.range.begin.line != last_end_.line ||
        comment.range.end.line != last_end_.line) {
      break;
    }
    if (!out.empty()) out += ' ';
    out += comment.text;
  }
  comments.erase(comments.begin(), comments.begin() + taken);
  return out;
}

std::string TokenStream::TakeInner() {
  return Join(std::exchange(inner_, std::vector<Comment>()));
}

absl::StatusOr<std::string_view> TokenStream::TakeCelBlock() {
  TakeAsInner();
  const absl::StatusOr<std::string_view> text = lexer_.CelBlock();
  if (text.ok()) Advance();
  return text;
}

}  // namespace kith::schema
