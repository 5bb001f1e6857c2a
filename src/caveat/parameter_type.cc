#include "caveat/parameter_type.h"

#include <cmath>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/status_macros.h"
#include "caveat/functions/time_text.h"
#include "caveat/limits.h"
#include "caveat/types/code_points.h"
#include "caveat/types/numbers.h"
#include "fmt/format.h"

namespace kith::caveat {
namespace {

absl::Status Wrong(std::string message) {
  return absl::InvalidArgumentError(std::move(message));
}

absl::Status WrongText(std::string_view what, std::string_view text) {
  return Wrong(fmt::format("\"{}\" is not {}", Excerpt(text), what));
}

// What a JSON value is, for messages.
std::string_view NameOf(const Value& value) {
  constexpr std::string_view kNames[] = {"null",     "a bool", "a number",
                                         "a string", "a list", "a map"};
  return kNames[value.value.index()];
}

absl::StatusOr<CelValue> IntFrom(double number) {
  if (number != std::trunc(number)) {
    return Wrong(fmt::format("{} is not a whole number", number));
  }
  if (!(number >= -0x1p63 && number < 0x1p63)) {
    return Wrong(fmt::format("{} is out of the range of 64 bits", number));
  }
  return CelValue::Int(static_cast<int64_t>(number));
}

absl::StatusOr<CelValue> BytesFrom(const std::string& text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return WrongText("base64", text);
  return CelValue::Bytes(std::move(bytes));
}

absl::StatusOr<CelValue> Checked(absl::StatusOr<CelValue> value, Kind kind) {
  if (value.ok() && kind == Kind::kUint && value->AsInt() < 0) {
    return Wrong(fmt::format("{} is negative", value->AsInt()));
  }
  return value;
}

}  // namespace

std::optional<ParameterType> ParameterType::FromType(const Type& type) {
  switch (type.kind) {
    case Kind::kNull:
    case Kind::kType:
    case Kind::kCidr:
    case Kind::kVariable:
      return std::nullopt;
    case Kind::kList:
    case Kind::kMap: {
      const bool string_keys =
          type.kind == Kind::kList || type.parameters[0].kind == Kind::kString;
      auto element = FromType(type.parameters.back());
      if (!element || !string_keys) return std::nullopt;
      return ParameterType(type.kind, std::make_shared<const ParameterType>(
                                          *std::move(element)));
    }
    default:
      return ParameterType(type.kind, nullptr);
  }
}

std::optional<ParameterType> ParameterType::Parse(std::string_view text) {
  // The names that only other places may use for the same types.
  for (const std::string_view other : {"dyn", "64", "(", ",", "."}) {
    if (text.find(other) != std::string_view::npos) return std::nullopt;
  }
  const std::optional<Type> type = ParseType(text);
  return type ? FromType(*type) : std::nullopt;
}

Type ParameterType::ToType() const {
  switch (kind_) {
    case Kind::kUint:
      return Type{Kind::kInt};
    case Kind::kList:
      return Type::List(element_->ToType());
    case Kind::kMap:
      return Type::Map(Type{Kind::kString}, element_->ToType());
    default:
      return Type{kind_};
  }
}

std::string ParameterType::ToString() const {
  if (element_ == nullptr) return std::string(DeclaredName(kind_));
  return fmt::format("{}<{}>", DeclaredName(kind_), element_->ToString());
}

absl::StatusOr<CelValue> ParameterType::Convert(const Value& value) const {
  return ConvertAt(value, 0);
}

absl::StatusOr<CelValue> ParameterType::ConvertAt(const Value& value,
                                                  int depth) const {
  if (depth > kContextDepthMax) {
    return Wrong(fmt::format("nests deeper than {}", kContextDepthMax));
  }
  const bool any = kind_ == Kind::kDyn;
  if (any && value.is_null()) return CelValue();
  if (const auto* const flag = std::get_if<bool>(&value.value)) {
    if (any || kind_ == Kind::kBool) return CelValue::Bool(*flag);
  } else if (const auto* const number = std::get_if<double>(&value.value)) {
    if (any || kind_ == Kind::kDouble) return CelValue::Double(*number);
    if (kind_ == Kind::kInt || kind_ == Kind::kUint) {
      return Checked(IntFrom(*number), kind_);
    }
  } else if (const auto* const text = std::get_if<std::string>(&value.value)) {
    return ConvertText(*text);
  } else if (std::holds_alternative<ValueList>(value.value)) {
    if (any || kind_ == Kind::kList) return ConvertList(value, depth);
  } else if (std::holds_alternative<Struct>(value.value)) {
    if (any || kind_ == Kind::kMap) return ConvertMap(value, depth);
  }
  return Wrong(fmt::format("expected {}, found {}", ToString(), NameOf(value)));
}

absl::StatusOr<CelValue> ParameterType::ConvertList(const Value& value,
                                                    int depth) const {
  const ParameterType& type = element_ != nullptr ? *element_ : *this;
  CelList elements;
  for (const Value& element : std::get<ValueList>(value.value)) {
    KITH_ASSIGN_OR_RETURN(CelValue converted,
                          type.ConvertAt(element, depth + 1));
    elements.push_back(std::move(converted));
  }
  return CelValue::List(std::move(elements));
}

absl::StatusOr<CelValue> ParameterType::ConvertMap(const Value& value,
                                                   int depth) const {
  const ParameterType& type = element_ != nullptr ? *element_ : *this;
  CelMap entries;
  for (const auto& [key, element] : std::get<Struct>(value.value)) {
    if (!IsValidUtf8(key)) return Wrong("a key is not valid UTF-8");
    KITH_ASSIGN_OR_RETURN(CelValue converted,
                          type.ConvertAt(element, depth + 1));
    entries.push_back({CelValue::String(key), std::move(converted)});
  }
  return CelValue::Map(std::move(entries));
}

absl::StatusOr<CelValue> ParameterType::ConvertText(
    const std::string& text) const {
  if (!IsValidUtf8(text)) return Wrong("a string is not valid UTF-8");
  switch (kind_) {
    case Kind::kDyn:
    case Kind::kString:
      return CelValue::String(text);
    case Kind::kInt:
    case Kind::kUint: {
      const auto number = ParseInteger<int64_t>(text);
      if (number) return Checked(CelValue::Int(*number), kind_);
      return WrongText("a whole number of 64 bits", text);
    }
    case Kind::kDouble: {
      const auto number = ParseDouble(text);
      if (number) return CelValue::Double(*number);
      return WrongText("a number", text);
    }
    case Kind::kBytes:
      return BytesFrom(text);
    case Kind::kDuration: {
      const auto nanos = ParseDuration(text);
      if (nanos) return CelValue::Duration(*nanos);
      return WrongText("a duration such as 1h30m", text);
    }
    case Kind::kTimestamp: {
      const auto time = ParseTimestamp(text);
      if (time) return CelValue::Timestamp(*time);
      return WrongText("an RFC 3339 timestamp", text);
    }
    case Kind::kIp: {
      const auto ip = ParseIp(text);
      if (ip) return CelValue::Ip(ip->Unmapped());
      return WrongText("an IP address", text);
    }
    default:
      return Wrong(fmt::format("expected {}, found a string", ToString()));
  }
}

}  // namespace kith::caveat
