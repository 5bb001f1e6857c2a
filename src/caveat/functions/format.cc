#include "caveat/functions/format.h"

#include <cmath>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "caveat/functions/print.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

constexpr int kPrecisionDefault = 6;
constexpr int kPrecisionMax = 1000;

struct Clause {
  char letter;
  int precision = kPrecisionDefault;
};

absl::Status WrongKind(std::string_view clause, std::string_view takes,
                       const CelValue& arg) {
  return absl::InvalidArgumentError(fmt::format(
      "{} clause takes {}, not {}", clause, takes, TypeName(arg.kind())));
}

// `-` before what `digits` makes of the magnitude of an integer.
template <typename Digits>
std::string WithSign(const CelValue& integer, Digits digits) {
  if (integer.is(Kind::kUint)) return digits(integer.AsUint());
  const int64_t value = integer.AsInt();
  const auto bits = static_cast<uint64_t>(value);
  return value < 0 ? "-" + digits(-bits) : digits(bits);
}

bool IsInteger(const CelValue& arg) {
  return arg.is(Kind::kInt) || arg.is(Kind::kUint);
}

absl::StatusOr<std::string> Decimal(const CelValue& arg) {
  const bool number = arg.is(Kind::kDouble) && !std::isfinite(arg.AsDouble());
  if (number) return DoubleText(arg.AsDouble());
  if (!IsInteger(arg)) return WrongKind("decimal", "integers", arg);
  return WithSign(arg, [](uint64_t n) { return fmt::to_string(n); });
}

absl::StatusOr<std::string> Floating(const Clause& clause,
                                     const CelValue& arg) {
  double value;
  if (arg.is(Kind::kDouble)) {
    value = arg.AsDouble();
  } else if (arg.is(Kind::kInt)) {
    value = static_cast<double>(arg.AsInt());
  } else if (arg.is(Kind::kUint)) {
    value = static_cast<double>(arg.AsUint());
  } else {
    return WrongKind(clause.letter == 'f' ? "fixed-point" : "scientific",
                     "numbers", arg);
  }
  if (!std::isfinite(value)) return DoubleText(value);
  return clause.letter == 'f' ? fmt::format("{:.{}f}", value, clause.precision)
                              : fmt::format("{:.{}e}", value, clause.precision);
}

absl::StatusOr<std::string> Binary(const CelValue& arg) {
  if (arg.is(Kind::kBool)) return std::string(arg.AsBool() ? "1" : "0");
  if (!IsInteger(arg)) return WrongKind("binary", "integers and bools", arg);
  return WithSign(arg, [](uint64_t n) { return fmt::format("{:b}", n); });
}

absl::StatusOr<std::string> Octal(const CelValue& arg) {
  if (!IsInteger(arg)) return WrongKind("octal", "integers", arg);
  return WithSign(arg, [](uint64_t n) { return fmt::format("{:o}", n); });
}

std::string HexOfBytes(std::string_view bytes, bool upper) {
  const std::string_view digits =
      upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    text += digits[static_cast<uint8_t>(c) >> 4];
    text += digits[c & 0xf];
  }
  return text;
}

absl::StatusOr<std::string> Hexadecimal(const CelValue& arg, bool upper) {
  if (arg.is(Kind::kString)) return HexOfBytes(arg.AsString(), upper);
  if (arg.is(Kind::kBytes)) return HexOfBytes(arg.AsBytes(), upper);
  if (!IsInteger(arg)) {
    return WrongKind("hexadecimal", "integers, strings and bytes", arg);
  }
  return WithSign(arg, [upper](uint64_t n) {
    return upper ? fmt::format("{:X}", n) : fmt::format("{:x}", n);
  });
}

absl::StatusOr<std::string> FormatArg(const Clause& clause,
                                      const CelValue& arg) {
  switch (clause.letter) {
    case 'd':
      return Decimal(arg);
    case 'f':
    case 'e':
      return Floating(clause, arg);
    case 'b':
      return Binary(arg);
    case 'o':
      return Octal(arg);
    case 'x':
    case 'X':
      return Hexadecimal(arg, clause.letter == 'X');
    default:
      return absl::InvalidArgumentError(
          fmt::format("unknown clause \"%{}\"", clause.letter));
  }
}

// Takes the rest of a clause off, the percent sign being gone already.
std::optional<Clause> TakeClause(std::string_view* rest) {
  Clause clause{};
  if (!rest->empty() && rest->front() == '.') {
    rest->remove_prefix(1);
    clause.precision = 0;
    while (!rest->empty() && rest->front() >= '0' && rest->front() <= '9') {
      clause.precision = clause.precision * 10 + (rest->front() - '0');
      if (clause.precision > kPrecisionMax) return std::nullopt;
      rest->remove_prefix(1);
    }
  }
  if (rest->empty()) return std::nullopt;
  clause.letter = rest->front();
  rest->remove_prefix(1);
  return clause;
}

// What the clause makes of `arg`, paid for; false: not enough budget.
absl::StatusOr<bool> AppendArg(const Clause& clause, const CelValue& arg,
                               Budget& budget, std::string* out) {
  if (clause.letter == 's') return AppendText(arg, budget, out);
  if (!budget.Steps(clause.precision)) return false;
  auto text = FormatArg(clause, arg);
  if (!text.ok()) return text.status();
  if (!budget.Bytes(text->size())) return false;
  *out += *text;
  return true;
}

}  // namespace

CelValue Format(std::string_view pattern, const CelList& args, Budget& budget) {
  if (!budget.Bytes(pattern.size())) return CelValue::Error("over the budget");
  std::string out;
  size_t next = 0;
  std::string_view rest = pattern;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '%') {
      out += c;
      continue;
    }
    if (!rest.empty() && rest.front() == '%') {
      out += '%';
      rest.remove_prefix(1);
      continue;
    }
    const std::optional<Clause> clause = TakeClause(&rest);
    if (!clause) return CelValue::Error("bad formatting clause");
    if (next >= args.size()) {
      return CelValue::Error(fmt::format(
          "index {} out of range, format has {} arguments", next, args.size()));
    }
    const auto appended = AppendArg(*clause, args[next++], budget, &out);
    if (!appended.ok()) {
      return CelValue::Error(std::string(appended.status().message()));
    }
    if (!*appended) return CelValue::Error("over the budget");
  }
  return CelValue::String(std::move(out));
}

}  // namespace kith::caveat
