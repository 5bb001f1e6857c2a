#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kith::caveat {

// What a string or bytes literal holds: `body` is what stands between its
// quotes, `offset` where that begins in `text`, the whole expression. In
// strings \x and octal escapes are code points, in bytes they are bytes, and
// bytes have no \u. A SyntaxError names the place of a bad escape.
absl::StatusOr<std::string> Unescape(std::string_view text, size_t offset,
                                     std::string_view body, bool is_bytes);

}  // namespace kith::caveat
