#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "caveat/functions/print.h"
#include "caveat/functions/results.h"
#include "caveat/functions/time_text.h"
#include "caveat/types/code_points.h"
#include "caveat/types/numbers.h"
#include "fmt/format.h"

// bool() int() uint() double() string() bytes() timestamp() duration() type()
// dyn().

namespace kith::caveat {
namespace {

using Call = const Invocation&;

CelValue Itself(Call call) { return call[0]; }
CelValue TypeOf(Call call) { return CelValue::TypeOf(call[0].kind()); }

CelValue NotA(std::string_view what, Call call) {
  return CelValue::Error(
      fmt::format("{} is not a {}", ShortText(call[0]), what));
}
CelValue OutOfRange(std::string_view what, Call call) {
  return CelValue::Error(
      fmt::format("{} is out of the range of {}", ShortText(call[0]), what));
}

// Pays for reading the number or time that a string is.
bool PayToRead(Call call) {
  return call.budget.Steps(call[0].AsString().size() / 8);
}

CelValue StringToBool(Call call) {
  const std::string& text = call[0].AsString();
  for (const std::string_view yes : {"true", "True", "TRUE", "t", "1"}) {
    if (text == yes) return CelValue::Bool(true);
  }
  for (const std::string_view no : {"false", "False", "FALSE", "f", "0"}) {
    if (text == no) return CelValue::Bool(false);
  }
  return NotA("bool", call);
}

CelValue UintToInt(Call call) {
  const uint64_t value = call[0].AsUint();
  if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return OutOfRange("int", call);
  }
  return CelValue::Int(static_cast<int64_t>(value));
}

CelValue DoubleToInt(Call call) {
  // Towards zero. The limits themselves are refused: as doubles they may stand
  // for integers beyond.
  const double value = call[0].AsDouble();
  if (!(value > -0x1p63 && value < 0x1p63)) return OutOfRange("int", call);
  return CelValue::Int(static_cast<int64_t>(value));
}

CelValue StringToInt(Call call) {
  if (!PayToRead(call)) return OverBudget();
  const auto value = ParseInteger<int64_t>(call[0].AsString());
  return value ? CelValue::Int(*value) : NotA("int", call);
}

CelValue TimestampToInt(Call call) {
  return CelValue::Int(absl::ToUnixSeconds(call[0].AsTime()));
}
CelValue DurationToInt(Call call) {
  return CelValue::Int(call[0].AsNanos() / 1'000'000'000);
}

CelValue IntToUint(Call call) {
  if (call[0].AsInt() < 0) return OutOfRange("uint", call);
  return CelValue::Uint(static_cast<uint64_t>(call[0].AsInt()));
}

CelValue DoubleToUint(Call call) {
  const double value = call[0].AsDouble();
  if (!(value >= 0 && value < 0x1p64)) return OutOfRange("uint", call);
  return CelValue::Uint(static_cast<uint64_t>(value));
}

CelValue StringToUint(Call call) {
  if (!PayToRead(call)) return OverBudget();
  const auto value = ParseInteger<uint64_t>(call[0].AsString());
  return value ? CelValue::Uint(*value) : NotA("uint", call);
}

CelValue IntToDouble(Call call) {
  return CelValue::Double(static_cast<double>(call[0].AsInt()));
}
CelValue UintToDouble(Call call) {
  return CelValue::Double(static_cast<double>(call[0].AsUint()));
}
CelValue StringToDouble(Call call) {
  if (!PayToRead(call)) return OverBudget();
  const auto value = ParseDouble(call[0].AsString());
  return value ? CelValue::Double(*value) : NotA("double", call);
}

CelValue ScalarToString(Call call) {
  std::string text;
  if (!AppendText(call[0], call.budget, &text)) return OverBudget();
  return CelValue::String(std::move(text));
}

CelValue BytesToString(Call call) {
  const std::string& bytes = call[0].AsBytes();
  if (!call.budget.Scan(bytes.size())) return OverBudget();
  if (!IsValidUtf8(bytes)) return CelValue::Error("bytes are not valid UTF-8");
  return NewString(call, bytes);
}

CelValue StringToBytes(Call call) {
  const std::string& text = call[0].AsString();
  if (!call.budget.Bytes(text.size())) return OverBudget();
  return CelValue::Bytes(text);
}

CelValue StringToTimestamp(Call call) {
  if (!PayToRead(call)) return OverBudget();
  const auto time = ParseTimestamp(call[0].AsString());
  return time ? CelValue::Timestamp(*time)
              : NotA("timestamp of the years 1 to 9999", call);
}

CelValue IntToTimestamp(Call call) {
  const absl::Time time = absl::FromUnixSeconds(call[0].AsInt());
  if (!IsTimestampInRange(time)) return OutOfRange("timestamp", call);
  return CelValue::Timestamp(time);
}

CelValue StringToDuration(Call call) {
  if (!PayToRead(call)) return OverBudget();
  const auto nanos = ParseDuration(call[0].AsString());
  return nanos ? CelValue::Duration(*nanos)
               : NotA("duration of 64 bits of nanoseconds", call);
}

constexpr OverloadRow kRows[] = {
    {"bool", "bool", "bool", Itself},
    {"bool", "string", "bool", StringToBool},
    {"int", "int", "int", Itself},
    {"int", "uint", "int", UintToInt},
    {"int", "double", "int", DoubleToInt},
    {"int", "string", "int", StringToInt},
    {"int", "timestamp", "int", TimestampToInt},
    {"int", "duration", "int", DurationToInt},
    {"uint", "uint", "uint", Itself},
    {"uint", "int", "uint", IntToUint},
    {"uint", "double", "uint", DoubleToUint},
    {"uint", "string", "uint", StringToUint},
    {"double", "double", "double", Itself},
    {"double", "int", "double", IntToDouble},
    {"double", "uint", "double", UintToDouble},
    {"double", "string", "double", StringToDouble},
    {"string", "string", "string", Itself},
    {"string", "bool", "string", ScalarToString},
    {"string", "int", "string", ScalarToString},
    {"string", "uint", "string", ScalarToString},
    {"string", "double", "string", ScalarToString},
    {"string", "bytes", "string", BytesToString},
    {"string", "timestamp", "string", ScalarToString},
    {"string", "duration", "string", ScalarToString},
    {"string", "ipaddress", "string", ScalarToString},
    {"string", "cidr", "string", ScalarToString},
    {"bytes", "bytes", "bytes", Itself},
    {"bytes", "string", "bytes", StringToBytes},
    {"timestamp", "timestamp", "timestamp", Itself},
    {"timestamp", "string", "timestamp", StringToTimestamp},
    {"timestamp", "int", "timestamp", IntToTimestamp},
    {"duration", "duration", "duration", Itself},
    {"duration", "string", "duration", StringToDuration},
    {"dyn", "A", "dyn", Itself},
    {"type", "dyn", "type", TypeOf},
};

}  // namespace

std::span<const OverloadRow> ConversionFunctions() { return kRows; }

}  // namespace kith::caveat
