#include "caveat/syntax/parser.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "caveat/syntax/lexer.h"
#include "caveat/syntax/source.h"
#include "caveat/types/code_points.h"
#include "caveat/types/numbers.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

constexpr std::array<std::string_view, 21> kReserved = {
    "as",     "break",  "const", "continue", "else",  "for",     "function",
    "if",     "import", "in",    "let",      "loop",  "package", "namespace",
    "return", "var",    "void",  "while",    "false", "null",    "true",
};

// How tightly binary operators bind; && and || are not among them.
constexpr int kRelation = 1;
constexpr int kSum = 2;
constexpr int kProduct = 3;

int BindingPower(const Token& token) {
  if (token.IsWord("in")) return kRelation;
  if (token.kind != TokenKind::kSymbol) return 0;
  for (const std::string_view op : {"==", "!=", "<", "<=", ">", ">="}) {
    if (token.text == op) return kRelation;
  }
  if (token.text == "+" || token.text == "-") return kSum;
  if (token.text == "*" || token.text == "/" || token.text == "%") {
    return kProduct;
  }
  return 0;
}

struct MacroForm {
  std::string_view name;
  size_t args;
  MacroKind kind;
};

constexpr MacroForm kMacros[] = {
    {"all", 2, MacroKind::kAll},
    {"exists", 2, MacroKind::kExists},
    {"exists_one", 2, MacroKind::kExistsOne},
    {"existsOne", 2, MacroKind::kExistsOne},
    {"map", 2, MacroKind::kMap},
    {"map", 3, MacroKind::kMap},
    {"filter", 2, MacroKind::kFilter},
};

class Parser {
 public:
  Parser(std::string_view text, const Limits& limits)
      : text_(text), limits_(limits), lexer_(text) {}

  absl::StatusOr<ExprPtr> ParseAll() {
    KITH_RETURN_IF_ERROR(Advance());
    KITH_ASSIGN_OR_RETURN(ExprPtr expr, ParseExpr());
    if (token_.kind != TokenKind::kEnd) return Unexpected("the end");
    return expr;
  }

 private:
  absl::StatusOr<ExprPtr> ParseExpr();
  absl::StatusOr<ExprPtr> ParseLogic(bool is_and);
  absl::StatusOr<ExprPtr> ParseBinary(int power);
  absl::StatusOr<ExprPtr> ParseUnary();
  absl::StatusOr<ExprPtr> ParseMember(ExprPtr operand);
  absl::StatusOr<ExprPtr> ParseField(ExprPtr operand, size_t offset);
  absl::StatusOr<ExprPtr> ParsePrimary();
  absl::StatusOr<ExprPtr> ParseSymbol();
  absl::StatusOr<ExprPtr> ParseName(bool absolute);
  absl::StatusOr<ExprPtr> ParseNumber(bool negative);
  absl::StatusOr<ExprPtr> ParseList();
  absl::StatusOr<ExprPtr> ParseMap();
  absl::StatusOr<std::vector<ExprPtr>> ParseItems(std::string_view close,
                                                  bool trailing_comma);
  absl::StatusOr<ExprPtr> MakeHas(size_t offset, std::vector<ExprPtr> args);
  absl::StatusOr<ExprPtr> MakeMember(size_t offset, std::string name,
                                     ExprPtr operand,
                                     std::vector<ExprPtr> args);
  absl::StatusOr<ExprPtr> MakeMacro(size_t offset, MacroKind kind,
                                    ExprPtr range, std::vector<ExprPtr> args);
  absl::StatusOr<ExprPtr> MakeCall(size_t offset, std::string_view function,
                                   bool member, std::vector<ExprPtr> args);

  // A node one higher than the highest of its children.
  template <typename Node>
  absl::StatusOr<ExprPtr> Make(size_t offset, Node node, int child_height);

  absl::Status Advance() {
    KITH_ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }
  // Takes the symbol if it is next.
  absl::StatusOr<bool> Take(std::string_view symbol) {
    if (!token_.Is(symbol)) return false;
    KITH_RETURN_IF_ERROR(Advance());
    return true;
  }
  absl::Status Expect(std::string_view symbol) {
    if (!token_.Is(symbol)) return Unexpected(fmt::format("\"{}\"", symbol));
    return Advance();
  }
  absl::Status Error(size_t offset, std::string_view message) const {
    return SyntaxError(text_, offset, message);
  }
  absl::Status Unexpected(std::string_view wanted) const {
    if (token_.kind == TokenKind::kEnd) {
      return Error(token_.offset,
                   fmt::format("unexpected end, expected {}", wanted));
    }
    return Error(token_.offset, fmt::format("unexpected \"{}\", expected {}",
                                            token_.text.substr(0, 64), wanted));
  }
  absl::Status TooDeep(size_t offset) const {
    return Error(offset, fmt::format("expression nests deeper than {}",
                                     limits_.depth_max));
  }

  static int HeightOf(const std::vector<ExprPtr>& exprs) {
    int height = 0;
    for (const ExprPtr& expr : exprs) height = std::max(height, expr->height);
    return height;
  }

  std::string_view text_;
  const Limits& limits_;
  Lexer lexer_;
  Token token_;
  int depth_ = 0;
  size_t nodes_ = 0;
};

template <typename Node>
absl::StatusOr<ExprPtr> Parser::Make(size_t offset, Node node,
                                     int child_height) {
  if (++nodes_ > limits_.nodes_max) {
    return Error(offset, fmt::format("expression has more than {} parts",
                                     limits_.nodes_max));
  }
  if (child_height + 1 > limits_.depth_max) return TooDeep(offset);
  auto expr = std::make_unique<Expr>();
  expr->node = std::move(node);
  expr->offset = offset;
  expr->height = child_height + 1;
  return expr;
}

absl::StatusOr<ExprPtr> Parser::MakeCall(size_t offset,
                                         std::string_view function, bool member,
                                         std::vector<ExprPtr> args) {
  const int height = HeightOf(args);
  Call call;
  call.function = function;
  call.member = member;
  call.args = std::move(args);
  return Make(offset, std::move(call), height);
}

absl::StatusOr<ExprPtr> Parser::ParseExpr() {
  if (++depth_ > limits_.depth_max) return TooDeep(token_.offset);
  KITH_ASSIGN_OR_RETURN(ExprPtr expr, ParseLogic(false));
  const size_t offset = token_.offset;
  KITH_ASSIGN_OR_RETURN(const bool conditional, Take("?"));
  if (conditional) {
    KITH_ASSIGN_OR_RETURN(ExprPtr then, ParseLogic(false));
    KITH_RETURN_IF_ERROR(Expect(":"));
    KITH_ASSIGN_OR_RETURN(ExprPtr otherwise, ParseExpr());
    const int height =
        std::max({expr->height, then->height, otherwise->height});
    KITH_ASSIGN_OR_RETURN(expr,
                          Make(offset,
                               Conditional{std::move(expr), std::move(then),
                                           std::move(otherwise)},
                               height));
  }
  --depth_;
  return expr;
}

absl::StatusOr<ExprPtr> Parser::ParseLogic(bool is_and) {
  std::vector<ExprPtr> terms;
  size_t offset = token_.offset;
  while (true) {
    KITH_ASSIGN_OR_RETURN(ExprPtr term,
                          is_and ? ParseBinary(kRelation) : ParseLogic(true));
    terms.push_back(std::move(term));
    if (terms.size() == 2) offset = terms[1]->offset;
    KITH_ASSIGN_OR_RETURN(const bool more, Take(is_and ? "&&" : "||"));
    if (!more) break;
  }
  if (terms.size() == 1) return std::move(terms[0]);
  const int height = HeightOf(terms);
  return Make(offset, Logic{is_and, std::move(terms)}, height);
}

absl::StatusOr<ExprPtr> Parser::ParseBinary(int power) {
  KITH_ASSIGN_OR_RETURN(ExprPtr left, ParseUnary());
  while (BindingPower(token_) >= power) {
    const Token op = token_;
    KITH_RETURN_IF_ERROR(Advance());
    KITH_ASSIGN_OR_RETURN(ExprPtr right, ParseBinary(BindingPower(op) + 1));
    std::vector<ExprPtr> args;
    args.push_back(std::move(left));
    args.push_back(std::move(right));
    KITH_ASSIGN_OR_RETURN(left,
                          MakeCall(op.offset, op.text, false, std::move(args)));
  }
  return left;
}

absl::StatusOr<ExprPtr> Parser::ParseUnary() {
  const size_t offset = token_.offset;
  const bool negates = token_.Is("-");
  if (!negates && !token_.Is("!")) {
    KITH_ASSIGN_OR_RETURN(ExprPtr primary, ParsePrimary());
    return ParseMember(std::move(primary));
  }
  if (++depth_ > limits_.depth_max) return TooDeep(offset);
  KITH_RETURN_IF_ERROR(Advance());
  ExprPtr result;
  // -9223372036854775808 is one literal: its positive half has no int.
  if (negates &&
      (token_.kind == TokenKind::kInt || token_.kind == TokenKind::kDouble)) {
    KITH_ASSIGN_OR_RETURN(ExprPtr number, ParseNumber(true));
    KITH_ASSIGN_OR_RETURN(result, ParseMember(std::move(number)));
  } else {
    std::vector<ExprPtr> args(1);
    KITH_ASSIGN_OR_RETURN(args[0], ParseUnary());
    KITH_ASSIGN_OR_RETURN(
        result, MakeCall(offset, negates ? "-x" : "!", false, std::move(args)));
  }
  --depth_;
  return result;
}

absl::StatusOr<ExprPtr> Parser::ParseMember(ExprPtr operand) {
  while (true) {
    const size_t offset = token_.offset;
    KITH_ASSIGN_OR_RETURN(const bool dot, Take("."));
    if (dot) {
      KITH_ASSIGN_OR_RETURN(operand, ParseField(std::move(operand), offset));
      continue;
    }
    KITH_ASSIGN_OR_RETURN(const bool index, Take("["));
    if (!index) return operand;
    std::vector<ExprPtr> args(2);
    args[0] = std::move(operand);
    KITH_ASSIGN_OR_RETURN(args[1], ParseExpr());
    KITH_RETURN_IF_ERROR(Expect("]"));
    KITH_ASSIGN_OR_RETURN(operand,
                          MakeCall(offset, "[]", false, std::move(args)));
  }
}

// After the dot: a field, a call or a macro.
absl::StatusOr<ExprPtr> Parser::ParseField(ExprPtr operand, size_t offset) {
  const bool quoted = token_.kind == TokenKind::kQuotedIdentifier;
  if (!quoted && token_.kind != TokenKind::kIdentifier) {
    return Unexpected("a field or function name");
  }
  std::string name(token_.text);
  KITH_RETURN_IF_ERROR(Advance());
  if (!quoted) {
    KITH_ASSIGN_OR_RETURN(const bool call, Take("("));
    if (call) {
      KITH_ASSIGN_OR_RETURN(std::vector<ExprPtr> args, ParseItems(")", false));
      return MakeMember(offset, std::move(name), std::move(operand),
                        std::move(args));
    }
  }
  const int height = operand->height;
  return Make(offset, Select{std::move(operand), std::move(name)}, height);
}

absl::StatusOr<ExprPtr> Parser::MakeMember(size_t offset, std::string name,
                                           ExprPtr operand,
                                           std::vector<ExprPtr> args) {
  for (const MacroForm& form : kMacros) {
    if (form.name == name && form.args == args.size()) {
      return MakeMacro(offset, form.kind, std::move(operand), std::move(args));
    }
  }
  args.insert(args.begin(), std::move(operand));
  return MakeCall(offset, name, true, std::move(args));
}

absl::StatusOr<ExprPtr> Parser::MakeMacro(size_t offset, MacroKind kind,
                                          ExprPtr range,
                                          std::vector<ExprPtr> args) {
  const auto* const variable = std::get_if<Identifier>(&args[0]->node);
  if (variable == nullptr || variable->absolute) {
    return Error(args[0]->offset, "the macro's variable must be a name");
  }
  const int height = std::max(range->height, HeightOf(args));
  Macro macro{.kind = kind,
              .range = std::move(range),
              .variable = variable->name,
              .predicate = nullptr,
              .transform = nullptr};
  if (kind == MacroKind::kMap) {
    macro.transform = std::move(args.back());
    if (args.size() == 3) macro.predicate = std::move(args[1]);
  } else {
    macro.predicate = std::move(args[1]);
  }
  return Make(offset, std::move(macro), height);
}

absl::StatusOr<ExprPtr> Parser::MakeHas(size_t offset,
                                        std::vector<ExprPtr> args) {
  auto* const select =
      args.size() == 1 ? std::get_if<Select>(&args[0]->node) : nullptr;
  if (select == nullptr || select->test_only) {
    return Error(offset, "has() takes one field selection, as has(a.b)");
  }
  select->test_only = true;
  return std::move(args[0]);
}

absl::StatusOr<ExprPtr> Parser::ParsePrimary() {
  const Token token = token_;
  switch (token.kind) {
    case TokenKind::kInt:
    case TokenKind::kUint:
    case TokenKind::kDouble:
      return ParseNumber(false);
    case TokenKind::kString:
      KITH_RETURN_IF_ERROR(Advance());
      return Make(token.offset, Literal{CelValue::String(token.bytes)}, 0);
    case TokenKind::kBytes:
      KITH_RETURN_IF_ERROR(Advance());
      return Make(token.offset, Literal{CelValue::Bytes(token.bytes)}, 0);
    case TokenKind::kIdentifier:
      return ParseName(false);
    default:
      return ParseSymbol();
  }
}

absl::StatusOr<ExprPtr> Parser::ParseSymbol() {
  KITH_ASSIGN_OR_RETURN(const bool parenthesis, Take("("));
  if (parenthesis) {
    KITH_ASSIGN_OR_RETURN(ExprPtr expr, ParseExpr());
    KITH_RETURN_IF_ERROR(Expect(")"));
    return expr;
  }
  if (token_.Is("[")) return ParseList();
  if (token_.Is("{")) return ParseMap();
  KITH_ASSIGN_OR_RETURN(const bool dot, Take("."));
  if (dot && token_.kind == TokenKind::kIdentifier) return ParseName(true);
  return Unexpected("an expression");
}

absl::StatusOr<ExprPtr> Parser::ParseName(bool absolute) {
  const Token token = token_;
  KITH_RETURN_IF_ERROR(Advance());
  if (token.text == "true" || token.text == "false") {
    return Make(token.offset, Literal{CelValue::Bool(token.text == "true")}, 0);
  }
  if (token.text == "null") return Make(token.offset, Literal{}, 0);
  if (std::find(kReserved.begin(), kReserved.end(), token.text) !=
      kReserved.end()) {
    return Error(token.offset,
                 fmt::format("\"{}\" is a reserved word", token.text));
  }
  if (token_.Is("{")) {
    return Error(token.offset,
                 fmt::format("\"{}\": there are no messages", token.text));
  }
  KITH_ASSIGN_OR_RETURN(const bool call, Take("("));
  if (!call) {
    return Make(token.offset, Identifier{std::string(token.text), absolute}, 0);
  }
  KITH_ASSIGN_OR_RETURN(std::vector<ExprPtr> args, ParseItems(")", false));
  if (token.text == "has") return MakeHas(token.offset, std::move(args));
  return MakeCall(token.offset, token.text, false, std::move(args));
}

// nullopt: out of range.
std::optional<CelValue> NumberOf(const Token& token, bool negative) {
  if (token.kind == TokenKind::kDouble) {
    const auto number = ParseDouble(token.text);
    if (!number) return std::nullopt;
    return CelValue::Double(negative ? -*number : *number);
  }
  const bool hex = token.text.starts_with("0x");
  const int base = hex ? 16 : 10;
  std::string digits(token.text.substr(hex ? 2 : 0));
  if (token.kind == TokenKind::kUint) {
    const auto number = ParseInteger<uint64_t>(digits, base);
    if (!number) return std::nullopt;
    return CelValue::Uint(*number);
  }
  if (negative) digits.insert(0, "-");
  const auto number = ParseInteger<int64_t>(digits, base);
  if (!number) return std::nullopt;
  return CelValue::Int(*number);
}

absl::StatusOr<ExprPtr> Parser::ParseNumber(bool negative) {
  const Token token = token_;
  KITH_RETURN_IF_ERROR(Advance());
  std::optional<CelValue> value = NumberOf(token, negative);
  if (!value) {
    return Error(token.offset,
                 fmt::format("number \"{}{}\" is out of range",
                             negative ? "-" : "", token.text.substr(0, 64)));
  }
  return Make(token.offset, Literal{*std::move(value)}, 0);
}

// What stands between an opening symbol, taken already, and `close`.
absl::StatusOr<std::vector<ExprPtr>> Parser::ParseItems(std::string_view close,
                                                        bool trailing_comma) {
  std::vector<ExprPtr> items;
  while (!token_.Is(close) || (!trailing_comma && !items.empty())) {
    KITH_ASSIGN_OR_RETURN(ExprPtr item, ParseExpr());
    items.push_back(std::move(item));
    KITH_ASSIGN_OR_RETURN(const bool more, Take(","));
    if (!more) break;
  }
  KITH_RETURN_IF_ERROR(Expect(close));
  return items;
}

absl::StatusOr<ExprPtr> Parser::ParseList() {
  const size_t offset = token_.offset;
  KITH_RETURN_IF_ERROR(Advance());
  KITH_ASSIGN_OR_RETURN(std::vector<ExprPtr> elements, ParseItems("]", true));
  const int height = HeightOf(elements);
  return Make(offset, ListLiteral{std::move(elements)}, height);
}

absl::StatusOr<ExprPtr> Parser::ParseMap() {
  const size_t offset = token_.offset;
  KITH_RETURN_IF_ERROR(Advance());
  MapLiteral map;
  int height = 0;
  while (!token_.Is("}")) {
    KITH_ASSIGN_OR_RETURN(ExprPtr key, ParseExpr());
    KITH_RETURN_IF_ERROR(Expect(":"));
    KITH_ASSIGN_OR_RETURN(ExprPtr value, ParseExpr());
    height = std::max({height, key->height, value->height});
    map.entries.emplace_back(std::move(key), std::move(value));
    KITH_ASSIGN_OR_RETURN(const bool more, Take(","));
    if (!more) break;
  }
  KITH_RETURN_IF_ERROR(Expect("}"));
  return Make(offset, std::move(map), height);
}

}  // namespace

absl::StatusOr<ExprPtr> Parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.expression_bytes_max) {
    return SyntaxError(text.substr(0, 0), 0,
                       fmt::format("expression is {} bytes, more than {}",
                                   text.size(), limits.expression_bytes_max));
  }
  if (!IsValidUtf8(text)) {
    return SyntaxError(text.substr(0, 0), 0, "expression is not valid UTF-8");
  }
  return Parser(text, limits).ParseAll();
}

}  // namespace kith::caveat
