#include "model/json_string.h"

#include <nlohmann/json.hpp>

namespace kith {

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
