#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "caveat/functions/format.h"
#include "caveat/functions/results.h"
#include "caveat/types/code_points.h"
#include "fmt/format.h"

// The strings extension. Positions and lengths count code points.

namespace kith::caveat {
namespace {

using Call = const Invocation&;

constexpr size_t kNone = std::string_view::npos;

CelValue BadIndex(int64_t index) {
  return CelValue::Error(fmt::format("index out of range: {}", index));
}

// Where the code point number `index` begins, also one after the last one;
// nullopt: out of range.
std::optional<size_t> ByteOffset(std::string_view text, int64_t index) {
  if (index < 0) return std::nullopt;
  std::string_view rest = text;
  for (; index > 0; --index) {
    if (rest.empty()) return std::nullopt;
    TakeCodePoint(&rest);
  }
  return text.size() - rest.size();
}

CelValue IndexAt(std::string_view text, size_t offset) {
  if (offset == kNone) return CelValue::Int(-1);
  return CelValue::Int(
      static_cast<int64_t>(CountCodePoints(text.substr(0, offset))));
}

CelValue CharAt(Call call) {
  const std::string& text = call[0].AsString();
  if (!call.budget.Scan(text.size())) return OverBudget();
  const auto offset = ByteOffset(text, call[1].AsInt());
  if (!offset) return BadIndex(call[1].AsInt());
  std::string_view rest = std::string_view(text).substr(*offset);
  if (rest.empty()) return CelValue::String("");
  const std::string_view from = rest;
  TakeCodePoint(&rest);
  return NewString(call,
                   std::string(from.substr(0, from.size() - rest.size())));
}

// Pays for indexOf and lastIndexOf.
bool PaySearch(Call call) {
  return call.budget.Search(call[0].AsString().size(),
                            call[1].AsString().size());
}

CelValue IndexOf(Call call) {
  if (!PaySearch(call)) return OverBudget();
  const std::string& text = call[0].AsString();
  const std::string& part = call[1].AsString();
  size_t from = 0;
  if (call.args.size() == 3) {
    const int64_t index = call[2].AsInt();
    if (index < 0) return BadIndex(index);
    const auto offset = ByteOffset(text, index);
    if (!offset) return CelValue::Int(-1);
    from = *offset;
  }
  return IndexAt(text, text.find(part, from));
}

CelValue LastIndexOf(Call call) {
  if (!PaySearch(call)) return OverBudget();
  const std::string& text = call[0].AsString();
  const std::string& part = call[1].AsString();
  size_t from = kNone;
  if (call.args.size() == 3) {
    const auto offset = ByteOffset(text, call[2].AsInt());
    if (!offset) return BadIndex(call[2].AsInt());
    from = *offset;
  }
  return IndexAt(text, text.rfind(part, from));
}

CelValue Substring(Call call) {
  const std::string& text = call[0].AsString();
  if (!call.budget.Scan(2 * text.size())) return OverBudget();
  const auto begin = ByteOffset(text, call[1].AsInt());
  if (!begin) return BadIndex(call[1].AsInt());
  size_t end = text.size();
  if (call.args.size() == 3) {
    const auto last = ByteOffset(text, call[2].AsInt());
    if (!last || *last < *begin) return BadIndex(call[2].AsInt());
    end = *last;
  }
  return NewString(call, text.substr(*begin, end - *begin));
}

CelValue MapAscii(Call call, char first, char last) {
  std::string text = call[0].AsString();
  if (!call.budget.Scan(text.size())) return OverBudget();
  for (char& c : text) {
    if (c >= first && c <= last) c ^= 0x20;
  }
  return NewString(call, std::move(text));
}

CelValue LowerAscii(Call call) { return MapAscii(call, 'A', 'Z'); }
CelValue UpperAscii(Call call) { return MapAscii(call, 'a', 'z'); }

bool IsSpace(int32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

CelValue Trim(Call call) {
  const std::string_view text = call[0].AsString();
  if (!call.budget.Scan(text.size())) return OverBudget();
  size_t begin = kNone;
  size_t end = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t at = text.size() - rest.size();
    if (IsSpace(TakeCodePoint(&rest))) continue;
    begin = std::min(begin, at);
    end = text.size() - rest.size();
  }
  if (begin == kNone) return CelValue::String("");
  return NewString(call, std::string(text.substr(begin, end - begin)));
}

CelValue Reverse(Call call) {
  const std::string_view text = call[0].AsString();
  if (!call.budget.Scan(text.size())) return OverBudget();
  std::string reversed(text.size(), '\0');
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view from = rest;
    TakeCodePoint(&rest);
    std::copy_n(from.begin(), from.size() - rest.size(),
                reversed.begin() + rest.size());
  }
  return NewString(call, std::move(reversed));
}

// The limit that a call may have last; negative: none.
int64_t LimitOf(Call call, size_t arg) {
  return call.args.size() > arg ? call[arg].AsInt() : -1;
}

// Where `from` occurs in `text`, from the left without overlap; an empty one
// before each code point and at the end.
std::vector<size_t> Occurrences(std::string_view text, std::string_view from,
                                int64_t limit) {
  std::vector<size_t> found;
  size_t at = 0;
  while (limit < 0 || static_cast<int64_t>(found.size()) < limit) {
    at = text.find(from, at);
    if (at == kNone) break;
    found.push_back(at);
    if (!from.empty()) {
      at += from.size();
      continue;
    }
    std::string_view rest = text.substr(at);
    if (rest.empty()) break;
    TakeCodePoint(&rest);
    at = text.size() - rest.size();
  }
  return found;
}

CelValue Replace(Call call) {
  const std::string& text = call[0].AsString();
  const std::string& from = call[1].AsString();
  const std::string& to = call[2].AsString();
  // The places found take memory for a while: a word for each.
  if (!call.budget.Search(text.size(), from.size()) ||
      !call.budget.Bytes(text.size())) {
    return OverBudget();
  }
  const std::vector<size_t> found = Occurrences(text, from, LimitOf(call, 3));
  if (!call.budget.Bytes(found.size() * to.size())) return OverBudget();
  std::string out;
  size_t at = 0;
  for (const size_t place : found) {
    out.append(text, at, place - at).append(to);
    at = place + from.size();
  }
  out.append(text, at);
  return CelValue::String(std::move(out));
}

CelValue Split(Call call) {
  const std::string& text = call[0].AsString();
  const std::string& separator = call[1].AsString();
  const int64_t limit = LimitOf(call, 2);
  if (limit == 0) return CelValue::List({});
  if (!call.budget.Search(text.size(), separator.size()) ||
      !call.budget.Bytes(text.size())) {
    return OverBudget();
  }
  std::vector<size_t> cuts = Occurrences(
      text, separator, limit < 0 || separator.empty() ? limit : limit - 1);
  if (separator.empty()) {
    // Between the code points only.
    if (!cuts.empty()) cuts.erase(cuts.begin());
    if (!cuts.empty() && cuts.back() == text.size()) cuts.pop_back();
    if (text.empty()) return CelValue::List({});
  }
  // A string of its own takes more than the bytes it holds.
  constexpr size_t kBytesPerString = 64;
  if (!call.budget.Bytes((cuts.size() + 1) * kBytesPerString)) {
    return OverBudget();
  }
  CelList parts;
  size_t at = 0;
  for (const size_t cut : cuts) {
    parts.push_back(CelValue::String(text.substr(at, cut - at)));
    at = cut + separator.size();
  }
  parts.push_back(CelValue::String(text.substr(at)));
  return NewList(call, std::move(parts));
}

CelValue Join(Call call) {
  const std::string separator =
      call.args.size() == 2 ? call[1].AsString() : std::string();
  std::string joined;
  bool first = true;
  for (const CelValue& element : call[0].AsList()) {
    if (!element.is(Kind::kString)) {
      return CelValue::Error(fmt::format("no such overload: join of {}",
                                         DeclaredName(element.kind())));
    }
    const std::string& text = element.AsString();
    if (!call.budget.Steps(1) ||
        !call.budget.Bytes(separator.size() + text.size())) {
      return OverBudget();
    }
    if (!first) joined += separator;
    joined += text;
    first = false;
  }
  return CelValue::String(std::move(joined));
}

CelValue Quote(Call call) {
  constexpr std::string_view kSpecial = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  std::string quoted = "\"";
  for (const char c : call[0].AsString()) {
    const size_t special = kSpecial.find(c);
    if (special == kNone) {
      quoted += c;
    } else {
      quoted += '\\';
      quoted += kLetters[special];
    }
  }
  return NewString(call, quoted + "\"");
}

CelValue FormatText(Call call) {
  return Format(call[0].AsString(), call[1].AsList(), call.budget);
}

constexpr OverloadRow kRows[] = {
    {".charAt", "string; int", "string", CharAt},
    {".indexOf", "string; string", "int", IndexOf},
    {".indexOf", "string; string; int", "int", IndexOf},
    {".lastIndexOf", "string; string", "int", LastIndexOf},
    {".lastIndexOf", "string; string; int", "int", LastIndexOf},
    {".substring", "string; int", "string", Substring},
    {".substring", "string; int; int", "string", Substring},
    {".lowerAscii", "string", "string", LowerAscii},
    {".upperAscii", "string", "string", UpperAscii},
    {".trim", "string", "string", Trim},
    {".reverse", "string", "string", Reverse},
    {".replace", "string; string; string", "string", Replace},
    {".replace", "string; string; string; int", "string", Replace},
    {".split", "string; string", "list<string>", Split},
    {".split", "string; string; int", "list<string>", Split},
    {".join", "list<string>", "string", Join},
    {".join", "list<string>; string", "string", Join},
    {".format", "string; list<dyn>", "string", FormatText},
    {"strings.quote", "string", "string", Quote},
};

}  // namespace

std::span<const OverloadRow> StringFunctions() { return kRows; }

}  // namespace kith::caveat
