#pragma once

#include <string_view>

namespace kith::tool {

// The first place outside of double quotes (within which a backslash escapes)
// where `matches` holds for the rest of `text`; npos when there is none.
template <typename Matches>
size_t FindUnquoted(std::string_view text, Matches matches) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && matches(text.substr(i))) {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace kith::tool
