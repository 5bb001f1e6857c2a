#pragma once

#include <cstddef>

#include "kith/values.h"

// How large values become, without encoding them: bytes that neither JSON-like
// text without escapes nor a protobuf message exceeds.

namespace kith {

size_t MaxEncodedBytes(const Struct& value);
size_t MaxEncodedBytes(const Relationship& relationship);

}  // namespace kith
