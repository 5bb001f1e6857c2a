#pragma once

#include <string_view>

namespace kith::tool {

// What a line of a text file says, without the space around it; empty when it
// is blank or a comment, which begins with `//` or `#`.
inline std::string_view ContentOf(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r";
  // The byte order mark that some editors put before the first line.
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (line.starts_with(kMark)) line.remove_prefix(kMark.size());
  const size_t first = line.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  line = line.substr(first, line.find_last_not_of(kSpace) - first + 1);
  if (line.starts_with("//") || line.starts_with('#')) return {};
  return line;
}

}  // namespace kith::tool
