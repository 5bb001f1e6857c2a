#include "schema/syntax/expression_parser.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "schema/limits.h"

namespace kith::schema {
namespace {

using Kind = Expression::Kind;

struct Operator {
  Kind kind;
  int power;  // the higher, the tighter it binds; 0: no operator
};

Operator OperatorOf(const Token& token) {
  switch (token.kind) {
    case TokenKind::kPlus:
      return {Kind::kUnion, 3};
    case TokenKind::kAmpersand:
      return {Kind::kIntersection, 2};
    case TokenKind::kMinus:
      return {Kind::kExclusion, 1};
    default:
      return {Kind::kNil, 0};
  }
}

struct Tree {
  Expression expression;
  int depth = 0;  // operations on the longest way to a leaf
};

// Precedence climbing: each call reads what binds at least as tightly as its
// `min_power`, so that operators of equal power associate to the left.
class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream* tokens) : tokens_(*tokens) {}

  absl::StatusOr<Tree> Parse(int min_power, int parens) {
    KITH_ASSIGN_OR_RETURN(Tree left, ParseOperand(parens));
    while (true) {
      const Token& token = tokens_.current();
      const Operator op = OperatorOf(token);
      // Within parentheses a new line does not end the expression.
      const bool ended = token.newline_before && parens == 0;
      if (op.power == 0 || op.power < min_power || ended) return left;
      const Token sign = tokens_.Consume();
      KITH_ASSIGN_OR_RETURN(Tree right, Parse(op.power + 1, parens));
      left = Combine(op.kind, std::move(left), std::move(right));
      if (left.depth > kMaxNesting) return TooDeep(sign);
    }
  }

 private:
  static Tree Combine(Kind kind, Tree left, Tree right) {
    Tree out;
    out.depth = 1;
    if (kind != Kind::kExclusion && left.expression.kind == kind) {
      out = std::move(left);
      out.expression.range.end = right.expression.range.end;
    } else {
      out.expression.kind = kind;
      out.expression.range = {left.expression.range.begin,
                              right.expression.range.end};
      out.depth = left.depth + 1;
      out.expression.operands.push_back(std::move(left.expression));
    }
    auto& operands = out.expression.operands;
    if (kind != Kind::kExclusion && right.expression.kind == kind) {
      out.depth = std::max(out.depth, right.depth);
      std::move(right.expression.operands.begin(),
                right.expression.operands.end(), std::back_inserter(operands));
    } else {
      out.depth = std::max(out.depth, right.depth + 1);
      operands.push_back(std::move(right.expression));
    }
    return out;
  }

  absl::StatusOr<Tree> ParseOperand(int parens) {
    const Token first = tokens_.current();
    Tree tree;
    if (tokens_.At(TokenKind::kLeftParen)) {
      if (parens == kMaxNesting) return TooDeep(first);
      tokens_.Consume();
      KITH_ASSIGN_OR_RETURN(tree, Parse(1, parens + 1));
      KITH_RETURN_IF_ERROR(
          tokens_.Expect(TokenKind::kRightParen, "an operator or \")\"")
              .status());
    } else if (tokens_.AcceptWord("nil")) {
      tree.expression.kind = Kind::kNil;
      tree.expression.range = first.range;
    } else if (tokens_.AtWord("self") && tokens_.Uses("self")) {
      tokens_.Consume();
      tree.expression.kind = Kind::kSelf;
      tree.expression.range = first.range;
    } else {
      KITH_ASSIGN_OR_RETURN(tree.expression, ParseName(parens));
    }
    if (tree.expression.kind != Kind::kName && AtArrow(parens)) {
      return NotAnArrow(tree.expression);
    }
    if (++terms_ > kMaxExpressionTerms) {
      return ParseError({first.range, std::string(first.text),
                         fmt::format("expression with more than {} names",
                                     kMaxExpressionTerms),
                         "divide it among several permissions"});
    }
    return tree;
  }

  // A name, or the arrow that begins with it.
  absl::StatusOr<Expression> ParseName(int parens) {
    KITH_ASSIGN_OR_RETURN(
        const Token name,
        tokens_.ExpectName("a relation, a permission, \"nil\" or \"(\""));
    Expression out;
    out.kind = Kind::kName;
    out.name = name.text;
    out.range = name.range;
    if (!AtArrow(parens)) return out;
    if (tokens_.Accept(TokenKind::kArrow)) {
      out.kind = Kind::kArrow;
      KITH_ASSIGN_OR_RETURN(
          const Token target,
          tokens_.ExpectName("a relation or permission after \"->\""));
      out.target = target.text;
    } else {
      KITH_RETURN_IF_ERROR(ParseArrowFunction(&out));
    }
    out.range.end = tokens_.last_end();
    return out;
  }

  // `.any(target)` and `.all(target)`.
  absl::Status ParseArrowFunction(Expression* out) {
    tokens_.Consume();
    if (!tokens_.AtWord("any") && !tokens_.AtWord("all")) {
      return tokens_.Unexpected("\"any\" or \"all\" after \".\"");
    }
    const bool all = tokens_.Consume().text == "all";
    out->kind = all ? Kind::kArrowAll : Kind::kArrow;
    KITH_RETURN_IF_ERROR(
        tokens_.Expect(TokenKind::kLeftParen, "\"(\"").status());
    KITH_ASSIGN_OR_RETURN(const Token target,
                          tokens_.ExpectName("a relation or permission"));
    out->target = target.text;
    return tokens_.Expect(TokenKind::kRightParen, "\")\"").status();
  }

  bool AtArrow(int parens) const {
    return (tokens_.At(TokenKind::kArrow) || tokens_.At(TokenKind::kDot)) &&
           (parens > 0 || !tokens_.current().newline_before);
  }

  absl::Status NotAnArrow(const Expression& left) const {
    const Token& token = tokens_.current();
    const bool chained =
        left.kind == Kind::kArrow || left.kind == Kind::kArrowAll;
    return ParseError(
        {token.range, std::string(token.text),
         fmt::format("unexpected \"{}\": {}", token.text,
                     chained ? "arrows cannot be chained"
                             : "the left side of an arrow is the name of a "
                               "relation"),
         chained ? "give the second step a permission of its own on the "
                   "definition that the first step leads to"
                 : "use one arrow for each relation"});
  }

  static absl::Status TooDeep(const Token& token) {
    return ParseError(
        {token.range, std::string(token.text),
         fmt::format("expression nested more than {} deep", kMaxNesting),
         "divide it among several permissions"});
  }

  TokenStream& tokens_;
  size_t terms_ = 0;
};

}  // namespace

absl::StatusOr<Expression> ParseExpression(TokenStream* tokens) {
  KITH_ASSIGN_OR_RETURN(Tree tree, ExpressionParser(tokens).Parse(1, 0));
  return std::move(tree.expression);
}

}  // namespace kith::schema
