#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "schema/diagnostic.h"
#include "schema/syntax/lexer.h"

namespace kith::schema {

// The tokens of a text with one token of look-ahead, the words that are
// reserved so far, and the comments on the way.
class TokenStream {
 public:
  explicit TokenStream(std::string_view text, uint32_t first_line = 1);

  const Token& current() const { return current_; }
  bool At(TokenKind kind) const { return current_.Is(kind); }
  bool AtWord(std::string_view word) const { return current_.IsWord(word); }
  // End of the last token consumed.
  Position last_end() const { return last_end_; }
  size_t last_offset() const { return last_offset_; }

  // Consumes and returns the current token; its comments become inner ones.
  Token Consume();
  // Consumes the current token if it is of `kind`, or is `word`.
  bool Accept(TokenKind kind);
  bool AcceptWord(std::string_view word);
  // Like Consume, but a parse error unless the token is of `kind`. `what`
  // names it for the message.
  absl::StatusOr<Token> Expect(TokenKind kind, std::string_view what);
  // An identifier that is not reserved.
  absl::StatusOr<Token> ExpectName(std::string_view what);
  // `name/name/name`; the token's text is the whole path.
  absl::StatusOr<Token> ExpectPath(std::string_view what);
  // Consumes `;` without taking the comments around it from the next token.
  void SkipSemicolons();

  // The error for the current token where `expected` should stand.
  absl::Status Unexpected(std::string_view expected,
                          std::string_view hint = {}) const;

  void EnableUse(std::string_view flag) { uses_.insert(std::string(flag)); }
  bool Uses(std::string_view flag) const { return uses_.contains(flag); }
  bool IsReserved(std::string_view word) const;

  // Comments before the current token.
  std::string TakeLeading();
  // Comments after the last token on its line, when nothing else follows there.
  std::string TakeTrailing();
  // Comments between the tokens consumed since the last call.
  std::string TakeInner();

  // The CEL text after the current `{`, which is consumed; `}` is next.
  absl::StatusOr<std::string_view> TakeCelBlock();

 private:
  Token Advance();
  void TakeAsInner();

  std::string_view source_;
  Lexer lexer_;
  Token current_;
  Position last_end_{1, 1};
  size_t last_offset_ = 0;
  std::vector<Comment> inner_;
  absl::flat_hash_set<std::string, StringHash, std::equal_to<>> uses_;
};

}  // namespace kith::schema
