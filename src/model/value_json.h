#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kith/value.h"

namespace kith {

// JSON text of a struct: no spaces, keys in byte order, integral doubles
// without a fraction; equal structs give equal text.
std::string ToJson(const Struct& value);
std::string ToJson(const Value& value);

// INVALID_ARGUMENT when `text` is not one JSON object, nests deeper than 64
// levels or repeats a key.
absl::StatusOr<Struct> StructFromJson(std::string_view text);

}  // namespace kith
