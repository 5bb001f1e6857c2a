#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kith {

// The length of the JSON string at the start of `text` up to and including
// its closing quote; nullopt when `text` does not begin with a quote or none
// closes it. What is between is not looked at.
std::optional<size_t> JsonStringLength(std::string_view text);

// The text of one whole JSON string token; nullopt when it is malformed or
// not UTF-8.
std::optional<std::string> UnquoteJsonString(std::string_view token);

}  // namespace kith
