#include "schema/syntax/allowed_subject_parser.h"

#include "base/status_macros.h"

namespace kith::schema {
namespace {

// What follows `with`: a caveat, `expiration`, or both in that order.
absl::Status ParseTraits(TokenStream* tokens, AllowedSubject* allowed) {
  const bool can_expire = tokens->Uses("expiration");
  if (can_expire && tokens->AcceptWord("expiration")) {
    allowed->expiration = true;
    if (!tokens->AtWord("and")) return absl::OkStatus();
    return tokens->Unexpected(
        "\"|\" or the end of the line",
        "the caveat comes first: \"with some_caveat and expiration\"");
  }
  KITH_ASSIGN_OR_RETURN(
      const Token caveat,
      tokens->ExpectPath(can_expire ? "a caveat or \"expiration\""
                                    : "a caveat"));
  allowed->caveat = caveat.text;
  if (tokens->current().newline_before || !tokens->AtWord("and")) {
    return absl::OkStatus();
  }
  if (!can_expire) {
    return tokens->Unexpected(
        "\"|\" or the end of the line",
        "write \"use expiration\" at the top of the schema");
  }
  tokens->Consume();
  if (tokens->AcceptWord("expiration")) {
    allowed->expiration = true;
    return absl::OkStatus();
  }
  return tokens->Unexpected("\"expiration\" after \"and\"",
                            "a relationship carries one caveat at most");
}

}  // namespace

absl::StatusOr<AllowedSubject> ParseAllowedSubject(TokenStream* tokens) {
  AllowedSubject allowed;
  KITH_ASSIGN_OR_RETURN(const Token type,
                        tokens->ExpectPath("the type of a subject"));
  allowed.type = type.text;
  allowed.range = type.range;
  if (tokens->Accept(TokenKind::kHash)) {
    if (!tokens->Accept(TokenKind::kEllipsis)) {
      KITH_ASSIGN_OR_RETURN(
          const Token relation,
          tokens->ExpectName("a relation or \"...\" after \"#\""));
      allowed.relation = relation.text;
    }
  } else if (tokens->Accept(TokenKind::kColon)) {
    KITH_RETURN_IF_ERROR(
        tokens->Expect(TokenKind::kStar, "\"*\" after \":\"").status());
    allowed.wildcard = true;
  }
  if (!tokens->current().newline_before && tokens->AcceptWord("with")) {
    KITH_RETURN_IF_ERROR(ParseTraits(tokens, &allowed));
  }
  allowed.range.end = tokens->last_end();
  return allowed;
}

}  // namespace kith::schema
