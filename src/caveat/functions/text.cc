#include <memory>
#include <string>

#include "caveat/functions/results.h"
#include "caveat/types/code_points.h"
#include "re2/re2.h"

// Strings and bytes of the standard library: size, +, contains, startsWith,
// endsWith, matches.

namespace kith::caveat {
namespace {

using Call = const Invocation&;

CelValue SizeOfString(Call call) {
  const std::string& text = call[0].AsString();
  if (!call.budget.Scan(text.size())) return OverBudget();
  return CelValue::Int(static_cast<int64_t>(CountCodePoints(text)));
}
CelValue SizeOfBytes(Call call) {
  return CelValue::Int(static_cast<int64_t>(call[0].AsBytes().size()));
}

CelValue JoinStrings(Call call) {
  const std::string& a = call[0].AsString();
  const std::string& b = call[1].AsString();
  if (!call.budget.Bytes(a.size() + b.size())) return OverBudget();
  return CelValue::String(a + b);
}

CelValue JoinBytes(Call call) {
  const std::string& a = call[0].AsBytes();
  const std::string& b = call[1].AsBytes();
  if (!call.budget.Bytes(a.size() + b.size())) return OverBudget();
  return CelValue::Bytes(a + b);
}

CelValue ContainsText(Call call) {
  const std::string& text = call[0].AsString();
  const std::string& part = call[1].AsString();
  if (!call.budget.Search(text.size(), part.size())) return OverBudget();
  return CelValue::Bool(text.find(part) != std::string::npos);
}

CelValue StartsWith(Call call) {
  if (!call.budget.Scan(call[1].AsString().size())) return OverBudget();
  return CelValue::Bool(call[0].AsString().starts_with(call[1].AsString()));
}
CelValue EndsWith(Call call) {
  if (!call.budget.Scan(call[1].AsString().size())) return OverBudget();
  return CelValue::Bool(call[0].AsString().ends_with(call[1].AsString()));
}

std::shared_ptr<const RE2> Compile(const std::string& pattern) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kRegexBytesMax);
  return std::make_shared<const RE2>(pattern, options);
}

absl::StatusOr<std::shared_ptr<const void>> PreparePattern(
    const CelValue& pattern) {
  std::shared_ptr<const RE2> regex = Compile(pattern.AsString());
  if (!regex->ok()) {
    return absl::InvalidArgumentError("bad pattern: " + regex->error());
  }
  return regex;
}

CelValue Match(const RE2& regex, Call call) {
  const std::string& text = call[0].AsString();
  // The automaton that is built on the way takes a state at a time; without
  // memory for it each byte costs as much as the program is long.
  const uint64_t worst =
      uint64_t{text.size()} * static_cast<uint64_t>(regex.ProgramSize());
  if (!call.budget.Steps(worst / 16)) return OverBudget();
  return CelValue::Bool(RE2::PartialMatch(text, regex));
}

CelValue Matches(Call call) {
  if (call.prepared != nullptr) {
    return Match(*static_cast<const RE2*>(call.prepared), call);
  }
  const std::string& pattern = call[1].AsString();
  // Compiling a pattern takes microseconds, and more the longer it is.
  if (!call.budget.Steps(100 + 10 * pattern.size())) return OverBudget();
  const std::shared_ptr<const RE2> regex = Compile(pattern);
  if (!regex->ok()) {
    // It takes milliseconds to find out that a pattern is too large.
    const bool large = regex->error_code() == RE2::ErrorPatternTooLarge;
    if (large && !call.budget.Steps(40'000)) return OverBudget();
    return CelValue::Error("bad pattern: " + regex->error());
  }
  // Repetition makes programs that are far longer than their patterns.
  if (!call.budget.Steps(4 * regex->ProgramSize())) return OverBudget();
  return Match(*regex, call);
}

constexpr OverloadRow kRows[] = {
    {"size", "string", "int", SizeOfString},
    {".size", "string", "int", SizeOfString},
    {"size", "bytes", "int", SizeOfBytes},
    {".size", "bytes", "int", SizeOfBytes},
    {"+", "string; string", "string", JoinStrings},
    {"+", "bytes; bytes", "bytes", JoinBytes},
    {".contains", "string; string", "bool", ContainsText},
    {".startsWith", "string; string", "bool", StartsWith},
    {".endsWith", "string; string", "bool", EndsWith},
    {"matches", "string; string", "bool", Matches, PreparePattern},
    {".matches", "string; string", "bool", Matches, PreparePattern},
};

}  // namespace

std::span<const OverloadRow> TextFunctions() { return kRows; }

}  // namespace kith::caveat
