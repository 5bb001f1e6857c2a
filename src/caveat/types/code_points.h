#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kith::caveat {

// Takes the first code point off `text`, which must not be empty; -1 (and one
// byte taken) where it is not well-formed UTF-8.
int32_t TakeCodePoint(std::string_view* text);

// False (and nothing appended) for surrogates and beyond U+10FFFF.
bool AppendCodePoint(uint32_t code_point, std::string* out);

bool IsValidUtf8(std::string_view text);

// The start of `text` for a message: at most 64 bytes, no code point cut.
std::string_view Excerpt(std::string_view text);

// Of well-formed text.
size_t CountCodePoints(std::string_view text);

}  // namespace kith::caveat
