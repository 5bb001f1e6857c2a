#pragma once

#include <string>
#include <string_view>

namespace kith {

// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8
// are copied as they are.
void AppendJsonString(std::string* out, std::string_view text);

}  // namespace kith
