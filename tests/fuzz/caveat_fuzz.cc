// The input is lines: the parameters (`a int, b list<string>`), the context
// that is stored and the one of the request as JSON, and the expression.
// Whatever it is, it ends soon, in a value or in an error, and what is decided
// with less context is not decided otherwise with more.

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "caveat/caveat.h"
#include "fuzz/expect.h"
#include "model/value_json.h"

namespace kith::fuzz {
namespace {

using caveat::CompiledCaveat;
using caveat::Context;
using caveat::Parameter;
using caveat::Result;
using caveat::Truth;

std::string_view TakeThrough(char end, std::string_view* text) {
  const size_t at = text->find(end);
  const std::string_view part = text->substr(0, at);
  text->remove_prefix(at == std::string_view::npos ? text->size() : at + 1);
  return part;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<Parameter> ParseParameters(std::string_view line) {
  std::vector<Parameter> parameters;
  while (!line.empty() && parameters.size() < 20) {
    std::string_view part = Trimmed(TakeThrough(',', &line));
    const std::string_view name = TakeThrough(' ', &part);
    parameters.push_back({std::string(name), std::string(Trimmed(part))});
  }
  return parameters;
}

Struct ParseContext(std::string_view line) {
  auto context = StructFromJson(line);
  return context.ok() ? *std::move(context) : Struct();
}

// The result; false with kUnknown for an error.
std::pair<bool, Result> Evaluate(const CompiledCaveat& caveat,
                                 const Context& stored,
                                 const Context& request) {
  const auto result = caveat.Evaluate(stored, request);
  if (!result.ok()) {
    ExpectRefusal(result.status());
    return {false, {.truth = Truth::kUnknown, .missing = {}}};
  }
  const auto again = caveat.Evaluate(stored, request);
  Expect(again.ok() && again->truth == result->truth &&
             again->missing == result->missing,
         "the same question has the same answer");
  return {true, *result};
}

// `missing` of a result: sorted, of the parameters, none with a value.
void CheckMissing(const Result& result, const std::set<std::string>& absent) {
  Expect((result.truth == Truth::kUnknown) == !result.missing.empty(),
         "unknown, and only unknown, names what is missing");
  Expect(std::is_sorted(result.missing.begin(), result.missing.end()) &&
             std::adjacent_find(result.missing.begin(), result.missing.end()) ==
                 result.missing.end(),
         "what is missing is sorted, each once");
  for (const std::string& name : result.missing) {
    Expect(absent.contains(name),
           "what is missing is a parameter that has no "
           "value",
           name);
  }
}

void CheckEvaluation(const CompiledCaveat& caveat,
                     const std::vector<Parameter>& parameters,
                     const Struct& stored, const Struct& request) {
  const auto stored_values = caveat.ConvertContext(stored);
  const auto request_values = caveat.ConvertContext(request);
  for (const auto& values : {stored_values, request_values}) {
    if (!values.ok()) ExpectRefusal(values.status());
  }
  std::set<std::string> absent;
  for (const Parameter& parameter : parameters) absent.insert(parameter.name);
  const auto [nothing_ok, nothing] = Evaluate(caveat, {}, {});
  if (nothing_ok) CheckMissing(nothing, absent);
  if (!stored_values.ok()) return;
  for (const auto& [name, value] : stored) absent.erase(name);
  const auto [some_ok, some] = Evaluate(caveat, *stored_values, {});
  if (some_ok) CheckMissing(some, absent);
  if (!request_values.ok()) return;
  for (const auto& [name, value] : request) absent.erase(name);
  const auto [all_ok, all] = Evaluate(caveat, *stored_values, *request_values);
  if (all_ok) CheckMissing(all, absent);
  for (const auto& [less, more] :
       {std::pair(nothing, some), std::pair(some, all)}) {
    Expect(less.truth == Truth::kUnknown || more.truth == Truth::kUnknown ||
               less.truth == more.truth,
           "more context does not turn an answer round");
  }
}

}  // namespace
}  // namespace kith::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kith::fuzz;  // NOLINT: the one function outside of it
  std::string_view text = AsText(data, size);
  const auto parameters = ParseParameters(TakeThrough('\n', &text));
  const kith::Struct stored = ParseContext(TakeThrough('\n', &text));
  const kith::Struct request = ParseContext(TakeThrough('\n', &text));
  const auto caveat = kith::caveat::CompileCaveat("fuzzed", parameters, text);
  if (caveat.ok()) {
    CheckEvaluation(**caveat, parameters, stored, request);
  } else {
    ExpectRefusal(caveat.status());
  }
  return 0;
}
