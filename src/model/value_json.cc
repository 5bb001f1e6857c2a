#include "model/value_json.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_text.h"
#include "model/utf8.h"

namespace kith {
namespace {

void Append(std::string* out, const Value& value);

void Append(std::string* out, const Struct& value) {
  out->push_back('{');
  bool first = true;
  for (const auto& [key, item] : value) {
    if (!std::exchange(first, false)) out->push_back(',');
    AppendJsonString(out, key);
    out->push_back(':');
    Append(out, item);
  }
  out->push_back('}');
}

void Append(std::string* out, const ValueList& values) {
  out->push_back('[');
  bool first = true;
  for (const Value& item : values) {
    if (!std::exchange(first, false)) out->push_back(',');
    Append(out, item);
  }
  out->push_back(']');
}

void Append(std::string* out, double number) {
  if (!std::isfinite(number)) {
    *out += "null";  // JSON has no word for it
  } else {
    // Shortest text that reads back as the same double; -0 equals 0.
    *out += fmt::format("{}", number == 0 ? 0.0 : number);
  }
}

struct Appender {
  std::string* out;
  void operator()(std::monostate) const { *out += "null"; }
  void operator()(bool b) const { *out += b ? "true" : "false"; }
  void operator()(double number) const { Append(out, number); }
  void operator()(const std::string& s) const { AppendJsonString(out, s); }
  void operator()(const ValueList& list) const { Append(out, list); }
  void operator()(const Struct& object) const { Append(out, object); }
};

void Append(std::string* out, const Value& value) {
  std::visit(Appender{out}, value.value);
}

// Builds a Value from parser events. The library's own tree would keep the
// last of two equal keys and has no depth limit.
class ValueBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return Put({}); }
  bool boolean(bool b) override { return Put({b}); }
  bool number_integer(number_integer_t v) override {
    return Put({static_cast<double>(v)});
  }
  bool number_unsigned(number_unsigned_t v) override {
    return Put({static_cast<double>(v)});
  }
  bool number_float(number_float_t v, const string_t&) override {
    return Put({v});
  }
  bool string(string_t& s) override { return Put({std::move(s)}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return Open({Struct{}}); }
  bool start_array(size_t) override { return Open({ValueList{}}); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    auto& object = std::get<Struct>(open_.back().value.value);
    if (object.count(name) != 0) {
      return Fail(fmt::format("key {} is repeated", Quoted(name)));
    }
    open_.back().key = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return Fail(fmt::format("syntax error at byte {}", position));
  }

  const std::string& error() const { return error_; }
  Value& root() { return root_; }

 private:
  struct Level {
    Value value;
    std::string key;  // of the member being read, in an object
  };

  bool Fail(std::string error) {
    if (error_.empty()) error_ = std::move(error);
    return false;
  }

  bool Open(Value empty) {
    if (open_.size() == kMaxJsonDepth) {
      return Fail(fmt::format("nested deeper than {} levels", kMaxJsonDepth));
    }
    open_.push_back({std::move(empty), {}});
    return true;
  }

  bool Close() {
    Value done = std::move(open_.back().value);
    open_.pop_back();
    return Put(std::move(done));
  }

  bool Put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Level& level = open_.back();
    if (auto* object = std::get_if<Struct>(&level.value.value)) {
      object->emplace(std::move(level.key), std::move(value));
    } else {
      std::get<ValueList>(level.value.value).push_back(std::move(value));
    }
    return true;
  }

  Value root_;
  std::vector<Level> open_;
  std::string error_;
};

}  // namespace

std::string ToJson(const Struct& value) {
  std::string out;
  Append(&out, value);
  return out;
}

std::string ToJson(const Value& value) {
  std::string out;
  Append(&out, value);
  return out;
}

absl::StatusOr<Struct> StructFromJson(std::string_view text) {
  ValueBuilder builder;
  if (!nlohmann::json::sax_parse(text, &builder)) {
    return InvalidArgument(
        fmt::format("JSON {}: {}", Quoted(text), builder.error()));
  }
  auto* object = std::get_if<Struct>(&builder.root().value);
  if (object == nullptr) {
    return InvalidArgument(
        fmt::format("JSON {} is not an object", Quoted(text)));
  }
  return std::move(*object);
}

}  // namespace kith
