#include "schema/syntax/parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "model/utf8.h"
#include "model/validate.h"
#include "schema/diagnostic.h"
#include "schema/limits.h"
#include "schema/suggestion.h"
#include "schema/syntax/allowed_subject_parser.h"
#include "schema/syntax/caveat_parser.h"
#include "schema/syntax/expression_parser.h"
#include "schema/syntax/token_stream.h"

namespace kith::schema {
namespace {

constexpr std::array<std::string_view, 5> kUseFlags = {
    "expiration", "import", "partial", "self", "typechecking"};

constexpr std::string_view kContinueHint =
    "a statement goes on in the next line only after an operator or within "
    "parentheses";

absl::Status InvalidName(std::string_view what, const Token& name,
                         std::string_view rule) {
  return ParseError({name.range,
                     std::string(name.text),
                     fmt::format("invalid {} name {}: expected {}", what,
                                 Quoted(name.text), rule),
                     {}});
}

class Parser {
 public:
  Parser(std::string_view text, uint32_t first_line)
      : tokens_(text, first_line) {}

  absl::StatusOr<File> ParseFile() {
    File file;
    tokens_.SkipSemicolons();
    while (!tokens_.At(TokenKind::kEnd)) {
      KITH_ASSIGN_OR_RETURN(Item item, ParseItem());
      file.items.push_back(std::move(item));
    }
    file.closing = tokens_.TakeLeading();
    return file;
  }

 private:
  absl::StatusOr<Item> ParseItem() {
    Item item;
    std::string doc = tokens_.TakeLeading();
    item.layout.blank_before = tokens_.current().blank_before;
    if (tokens_.AtWord("use")) {
      KITH_ASSIGN_OR_RETURN(item.what, ParseUse(std::move(doc)));
    } else if (tokens_.Uses("import") && tokens_.AtWord("import")) {
      KITH_ASSIGN_OR_RETURN(item.what, ParseImport(std::move(doc)));
    } else if (tokens_.AtWord("caveat")) {
      KITH_RETURN_IF_ERROR(Count("caveats", &caveats_));
      tokens_.Consume();
      KITH_ASSIGN_OR_RETURN(Caveat caveat, ParseCaveat(&tokens_));
      caveat.doc = std::move(doc);
      item.what = std::move(caveat);
    } else if (tokens_.AtWord("definition") || AtPartial()) {
      KITH_ASSIGN_OR_RETURN(item.what, ParseBlock(std::move(doc)));
    } else {
      return UnexpectedItem();
    }
    if (tokens_.At(TokenKind::kSemicolon)) tokens_.Consume();
    item.layout.trailing = tokens_.TakeTrailing();
    AddInnerComments(&item.what);
    tokens_.SkipSemicolons();
    return item;
  }

  // Comments between the tokens of a statement move before it.
  void AddInnerComments(std::string* doc) {
    const std::string inner = tokens_.TakeInner();
    if (!inner.empty()) *doc += (doc->empty() ? "" : "\n") + inner;
  }
  template <typename... Statement>
  void AddInnerComments(std::variant<Statement...>* what) {
    std::visit([this](auto& statement) { AddInnerComments(&statement.doc); },
               *what);
  }

  bool AtPartial() const {
    return tokens_.Uses("partial") && tokens_.AtWord("partial");
  }

  absl::Status UnexpectedItem() const {
    const std::string_view word = tokens_.current().text;
    std::string hint;
    if (word == "partial" || word == "import") {
      hint = fmt::format("write \"use {}\" at the top of the schema", word);
    } else if (word == "relation" || word == "permission") {
      hint = "a " + std::string(word) + " stands within a definition";
    } else if (tokens_.At(TokenKind::kIdentifier)) {
      hint = DidYouMean(word, {"definition", "caveat", "use"});
    }
    return tokens_.Unexpected(blocks_ + partials_ + caveats_ == 0
                                  ? "\"use\", \"definition\" or \"caveat\""
                                  : "\"definition\" or \"caveat\"",
                              hint);
  }

  absl::Status Count(std::string_view what, size_t* count) {
    if (++*count <= kMaxDefinitions) return absl::OkStatus();
    const Token& token = tokens_.current();
    return ParseError({token.range,
                       std::string(token.text),
                       fmt::format("more than {} {}", kMaxDefinitions, what),
                       {}});
  }

  absl::StatusOr<Use> ParseUse(std::string doc) {
    const Token use = tokens_.Consume();
    if (blocks_ + partials_ + caveats_ > 0) {
      return ParseError({use.range, std::string(use.text),
                         "\"use\" must come before the first definition or "
                         "caveat",
                         "move it to the top of the schema"});
    }
    KITH_ASSIGN_OR_RETURN(
        const Token flag,
        tokens_.Expect(TokenKind::kIdentifier, "the name of a feature"));
    if (std::find(kUseFlags.begin(), kUseFlags.end(), flag.text) ==
        kUseFlags.end()) {
      return ParseError(
          {flag.range, std::string(flag.text),
           fmt::format("unknown feature {}: expected expiration, import, "
                       "partial, self or typechecking",
                       Quoted(flag.text)),
           DidYouMean(flag.text, {kUseFlags.begin(), kUseFlags.end()})});
    }
    tokens_.EnableUse(flag.text);
    return Use{std::string(flag.text), std::move(doc)};
  }

  absl::StatusOr<Import> ParseImport(std::string doc) {
    tokens_.Consume();
    KITH_ASSIGN_OR_RETURN(
        const Token path,
        tokens_.Expect(TokenKind::kString, "the path of a file in quotes"));
    return Import{std::string(path.text), std::move(doc), path.range};
  }

  absl::StatusOr<Block> ParseBlock(std::string doc) {
    Block block;
    block.doc = std::move(doc);
    block.is_partial = AtPartial();
    KITH_RETURN_IF_ERROR(block.is_partial ? Count("partials", &partials_)
                                          : Count("definitions", &blocks_));
    tokens_.Consume();
    const std::string_view what = block.is_partial ? "partial" : "definition";
    KITH_ASSIGN_OR_RETURN(const Token name, tokens_.ExpectPath(fmt::format(
                                                "the name of the {}", what)));
    if (!IsTypeName(name.text)) {
      return InvalidName(what, name,
                         "lower-case letters, digits and \"_\", 3 to 64 bytes "
                         "in each part, not beginning with a digit nor ending "
                         "with \"_\", 128 bytes in all");
    }
    block.name = name.text;
    block.range = name.range;
    KITH_RETURN_IF_ERROR(
        tokens_.Expect(TokenKind::kLeftBrace, "\"{\"").status());
    AddInnerComments(&block.doc);
    block.opening = tokens_.TakeTrailing();
    KITH_RETURN_IF_ERROR(ParseMembers(&block));
    block.closing = tokens_.TakeLeading();
    tokens_.Consume();
    return block;
  }

  // Up to the closing brace, which stays.
  absl::Status ParseMembers(Block* block) {
    tokens_.SkipSemicolons();
    while (!tokens_.At(TokenKind::kRightBrace)) {
      if (block->members.size() == kMaxMembers) {
        return ParseError(
            {tokens_.current().range,
             std::string(tokens_.current().text),
             fmt::format("more than {} relations and permissions in {}",
                         kMaxMembers, Quoted(block->name)),
             {}});
      }
      KITH_ASSIGN_OR_RETURN(Member member, ParseMember());
      block->members.push_back(std::move(member));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Member> ParseMember() {
    Member member;
    std::string doc = tokens_.TakeLeading();
    member.layout.blank_before = tokens_.current().blank_before;
    const size_t begin = tokens_.current().offset;
    member.bytes = doc.size();
    if (tokens_.AtWord("relation")) {
      KITH_ASSIGN_OR_RETURN(member.what, ParseRelation(std::move(doc)));
    } else if (tokens_.AtWord("permission")) {
      KITH_ASSIGN_OR_RETURN(member.what, ParsePermission(std::move(doc)));
    } else if (tokens_.At(TokenKind::kEllipsis)) {
      KITH_ASSIGN_OR_RETURN(member.what, ParseSplice(std::move(doc)));
    } else {
      return UnexpectedMember();
    }
    member.bytes += tokens_.last_offset() - begin;
    KITH_RETURN_IF_ERROR(EndStatement(member));
    member.layout.trailing = tokens_.TakeTrailing();
    AddInnerComments(&member.what);
    tokens_.SkipSemicolons();
    return member;
  }

  absl::Status UnexpectedMember() const {
    std::string hint;
    switch (tokens_.current().kind) {
      case TokenKind::kPlus:
      case TokenKind::kAmpersand:
      case TokenKind::kMinus:
      case TokenKind::kPipe:
      case TokenKind::kArrow:
      case TokenKind::kDot:
      case TokenKind::kHash:
        hint = kContinueHint;
        break;
      case TokenKind::kIdentifier:
        hint = tokens_.AtWord("with") ? std::string(kContinueHint)
                                      : DidYouMean(tokens_.current().text,
                                                   {"relation", "permission"});
        break;
      default:
        break;
    }
    return tokens_.Unexpected("\"relation\", \"permission\" or \"}\"", hint);
  }

  // A new line, `;`, `}` or the keyword of the next statement.
  absl::Status EndStatement(const Member& member) {
    if (tokens_.Accept(TokenKind::kSemicolon) ||
        tokens_.At(TokenKind::kRightBrace) || tokens_.AtWord("relation") ||
        tokens_.AtWord("permission") || tokens_.At(TokenKind::kEllipsis) ||
        tokens_.At(TokenKind::kEnd) ||
        (tokens_.current().newline_before && !tokens_.At(TokenKind::kError))) {
      return absl::OkStatus();
    }
    if (std::holds_alternative<Relation>(member.what)) {
      return tokens_.Unexpected("\"|\", \"with\" or the end of the line");
    }
    if (std::holds_alternative<Permission>(member.what)) {
      return tokens_.Unexpected("an operator or the end of the line");
    }
    return tokens_.Unexpected("the end of the line");
  }

  absl::StatusOr<Splice> ParseSplice(std::string doc) {
    tokens_.Consume();
    KITH_ASSIGN_OR_RETURN(const Token name,
                          tokens_.ExpectPath("the name of a partial"));
    return Splice{std::string(name.text), std::move(doc), name.range};
  }

  absl::StatusOr<Token> ParseMemberName(std::string_view what) {
    KITH_ASSIGN_OR_RETURN(const Token name, tokens_.ExpectName(fmt::format(
                                                "the name of the {}", what)));
    if (!IsRelationName(name.text)) {
      return InvalidName(what, name,
                         "3 to 64 lower-case letters, digits and \"_\", not "
                         "beginning with a digit nor ending with \"_\"");
    }
    return name;
  }

  absl::StatusOr<Relation> ParseRelation(std::string doc) {
    tokens_.Consume();
    Relation relation;
    relation.doc = std::move(doc);
    KITH_ASSIGN_OR_RETURN(const Token name, ParseMemberName("relation"));
    relation.name = name.text;
    relation.range = name.range;
    KITH_RETURN_IF_ERROR(
        tokens_.Expect(TokenKind::kColon, "\":\" and the allowed subjects")
            .status());
    do {
      if (relation.allowed.size() == kMaxAllowedSubjects) {
        return ParseError(
            {tokens_.current().range,
             std::string(tokens_.current().text),
             fmt::format("more than {} allowed subjects on {}",
                         kMaxAllowedSubjects, Quoted(relation.name)),
             {}});
      }
      KITH_ASSIGN_OR_RETURN(AllowedSubject allowed,
                            ParseAllowedSubject(&tokens_));
      relation.allowed.push_back(std::move(allowed));
    } while (!tokens_.current().newline_before &&
             tokens_.Accept(TokenKind::kPipe));
    return relation;
  }

  absl::StatusOr<Permission> ParsePermission(std::string doc) {
    tokens_.Consume();
    Permission permission;
    permission.doc = std::move(doc);
    KITH_ASSIGN_OR_RETURN(const Token name, ParseMemberName("permission"));
    permission.name = name.text;
    permission.range = name.range;
    const bool annotated = tokens_.Accept(TokenKind::kColon);
    if (annotated) {
      do {
        KITH_ASSIGN_OR_RETURN(const Token type,
                              tokens_.ExpectPath("the name of a type"));
        permission.annotated_types.emplace_back(type.text);
      } while (tokens_.Accept(TokenKind::kPipe));
    }
    KITH_RETURN_IF_ERROR(
        tokens_
            .Expect(TokenKind::kEquals,
                    annotated ? "\"|\" or \"=\"" : "\"=\" and an expression")
            .status());
    KITH_ASSIGN_OR_RETURN(permission.expression, ParseExpression(&tokens_));
    return permission;
  }

  TokenStream tokens_;
  size_t blocks_ = 0;
  size_t partials_ = 0;
  size_t caveats_ = 0;
};

}  // namespace

absl::StatusOr<File> Parse(std::string_view text, uint32_t first_line) {
  const Range begin = {{first_line, 1}, {first_line, 1}};
  if (text.size() > kMaxSchemaBytes) {
    return ParseError({begin,
                       {},
                       fmt::format("the schema has {} bytes: at most {} are "
                                   "allowed",
                                   text.size(), kMaxSchemaBytes),
                       {}});
  }
  if (!IsUtf8(text)) {
    return ParseError({begin, {}, "the schema is not UTF-8", {}});
  }
  return Parser(text, first_line).ParseFile();
}

}  // namespace kith::schema
