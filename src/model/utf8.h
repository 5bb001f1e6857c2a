#pragma once

#include <string>
#include <string_view>

namespace kith {

// Well-formed UTF-8: no overlong forms, surrogates or code points beyond
// U+10FFFF. The empty text is.
bool IsUtf8(std::string_view text);

// Well-formed UTF-8 without control characters (C0, DEL, C1).
bool IsPrintableUtf8(std::string_view text);

// `text` in double quotes for an error message: always printable UTF-8,
// escaped where it is not, and cut after 128 bytes.
std::string Quoted(std::string_view text);

}  // namespace kith
