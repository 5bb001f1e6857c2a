#pragma once

#include <string_view>

namespace kith::tool {

// What the lines of a drawn tree are made of.
struct TreePens {
  std::string_view branch, last, pass, blank;
};
inline constexpr TreePens kUnicodePens = {
    "\xe2\x94\x9c\xe2\x94\x80\xe2\x94\x80 ",
    "\xe2\x94\x94\xe2\x94\x80\xe2\x94\x80 ", "\xe2\x94\x82   ", "    "};
inline constexpr TreePens kAsciiPens = {"|-- ", "`-- ", "|   ", "    "};

}  // namespace kith::tool
