#include "model/json_string.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace kith {

void AppendJsonString(std::string* out, std::string_view text) {
  out->push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(*out), "\\u{:04x}",
                         static_cast<unsigned char>(c));
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

std::optional<size_t> JsonStringLength(std::string_view text) {
  if (text.empty() || text[0] != '"') return std::nullopt;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::nullopt;
}

std::optional<std::string> UnquoteJsonString(std::string_view token) {
  auto parsed = nlohmann::json::parse(token, /*cb=*/nullptr,
                                      /*allow_exceptions=*/false);
  if (!parsed.is_string()) return std::nullopt;
  return std::move(parsed.get_ref<std::string&>());
}

}  // namespace kith
