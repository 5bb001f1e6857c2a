#pragma once

#include <cstddef>

#include "kith/values.h"

// How large values become on the wire, told without encoding them: bytes that
// their protobuf messages do not exceed.

namespace kith {

size_t MaxEncodedBytes(const Struct& value);
size_t MaxEncodedBytes(const Relationship& relationship);

}  // namespace kith
