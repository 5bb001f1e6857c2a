#include "service/struct_convert.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/status_macros.h"

namespace kith::service {
namespace {

absl::StatusOr<Value> ToValue(const google::protobuf::Value& in,
                              std::string_view field) {
  switch (in.kind_case()) {
    case google::protobuf::Value::kNullValue:
      return Value();
    case google::protobuf::Value::kBoolValue:
      return Value{in.bool_value()};
    case google::protobuf::Value::kNumberValue:
      if (!std::isfinite(in.number_value())) {
        return InvalidArgument(
            fmt::format("{}: a number must be finite", field));
      }
      return Value{in.number_value()};
    case google::protobuf::Value::kStringValue:
      return Value{in.string_value()};
    case google::protobuf::Value::kListValue: {
      ValueList list;
      list.reserve(in.list_value().values_size());
      for (const auto& item : in.list_value().values()) {
        KITH_ASSIGN_OR_RETURN(list.emplace_back(), ToValue(item, field));
      }
      return Value{std::move(list)};
    }
    case google::protobuf::Value::kStructValue: {
      KITH_ASSIGN_OR_RETURN(Struct object, ToStruct(in.struct_value(), field));
      return Value{std::move(object)};
    }
    case google::protobuf::Value::KIND_NOT_SET:
      break;
  }
  return InvalidArgument(fmt::format("{}: a value has no kind", field));
}

struct ValueToProto {
  google::protobuf::Value* out;

  void operator()(std::monostate) const {
    out->set_null_value(google::protobuf::NULL_VALUE);
  }
  void operator()(bool value) const { out->set_bool_value(value); }
  void operator()(double value) const { out->set_number_value(value); }
  void operator()(const std::string& value) const {
    out->set_string_value(value);
  }
  void operator()(const ValueList& list) const {
    auto* values = out->mutable_list_value()->mutable_values();
    for (const Value& item : list) {
      std::visit(ValueToProto{values->Add()}, item.value);
    }
  }
  void operator()(const Struct& object) const {
    ToProto(object, out->mutable_struct_value());
  }
};

}  // namespace

absl::StatusOr<Struct> ToStruct(const google::protobuf::Struct& in,
                                std::string_view field) {
  Struct out;
  for (const auto& [key, value] : in.fields()) {
    KITH_ASSIGN_OR_RETURN(out[key], ToValue(value, field));
  }
  return out;
}

void ToProto(const Struct& in, google::protobuf::Struct* out) {
  for (const auto& [key, value] : in) {
    std::visit(ValueToProto{&(*out->mutable_fields())[key]}, value.value);
  }
}

}  // namespace kith::service
