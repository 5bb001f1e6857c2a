#include "caveat/functions/print.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "caveat/functions/time_text.h"
#include "caveat/types/code_points.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

// The text of what is neither list nor map.
std::string ScalarText(const CelValue& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return value.AsBool() ? "true" : "false";
    case Kind::kInt:
      return fmt::to_string(value.AsInt());
    case Kind::kUint:
      return fmt::to_string(value.AsUint());
    case Kind::kDouble:
      return DoubleText(value.AsDouble());
    case Kind::kString:
      return value.AsString();
    case Kind::kBytes:
      return value.AsBytes();
    case Kind::kDuration:
      return DurationText(value.AsNanos());
    case Kind::kTimestamp:
      return TimestampText(value.AsTime());
    case Kind::kType:
      return std::string(TypeName(value.AsType()));
    case Kind::kIp:
      return value.AsIp().ToString();
    case Kind::kCidr:
      return value.AsCidr().ToString();
    case Kind::kError:
      return value.AsError();
    default:
      return std::string(DeclaredName(value.kind()));
  }
}

bool AppendPaid(std::string_view text, Budget& budget, std::string* out) {
  if (!budget.Bytes(text.size())) return false;
  out->append(text);
  return true;
}

bool AppendList(const CelList& list, Budget& budget, std::string* out) {
  if (!AppendPaid("[]", budget, out)) return false;
  out->pop_back();
  for (size_t i = 0; i < list.size(); ++i) {
    if (i > 0 && !AppendPaid(", ", budget, out)) return false;
    if (!AppendText(list[i], budget, out)) return false;
  }
  out->push_back(']');
  return true;
}

bool AppendMap(const CelMap& map, Budget& budget, std::string* out) {
  std::vector<std::pair<std::string, const CelValue*>> entries;
  for (const MapEntry& entry : map) {
    std::string key;
    if (!AppendText(entry.key, budget, &key)) return false;
    entries.emplace_back(std::move(key), &entry.value);
  }
  std::sort(entries.begin(), entries.end());
  if (!AppendPaid("{}", budget, out)) return false;
  out->pop_back();
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0 && !AppendPaid(", ", budget, out)) return false;
    *out += entries[i].first;  // paid for above
    if (!AppendPaid(": ", budget, out)) return false;
    if (!AppendText(*entries[i].second, budget, out)) return false;
  }
  out->push_back('}');
  return true;
}

}  // namespace

std::string DoubleText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return fmt::format("{}", value);
}

bool AppendText(const CelValue& value, Budget& budget, std::string* out) {
  // A date takes longer than the rest.
  if (!budget.Steps(value.is(Kind::kTimestamp) ? 5 : 1)) return false;
  if (value.is(Kind::kList)) return AppendList(value.AsList(), budget, out);
  if (value.is(Kind::kMap)) return AppendMap(value.AsMap(), budget, out);
  return AppendPaid(ScalarText(value), budget, out);
}

std::string ShortText(const CelValue& value) {
  if (value.is(Kind::kString)) {
    return fmt::format("\"{}\"", Excerpt(value.AsString()));
  }
  if (value.is(Kind::kBytes) || value.is(Kind::kList) || value.is(Kind::kMap)) {
    return fmt::format("a {}", DeclaredName(value.kind()));
  }
  return ScalarText(value);
}

}  // namespace kith::caveat
