#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kith/value.h"

namespace kith {

// JSON text of a struct: no spaces, keys in byte order, integral doubles
// without a fraction; equal structs give equal text. Numbers that are not
// finite become null; strings are copied as they are.
std::string ToJson(const Struct& value);
std::string ToJson(const Value& value);

// How deep objects and lists may nest, the outermost included.
inline constexpr size_t kMaxJsonDepth = 64;

// INVALID_ARGUMENT when `text` is not one JSON object, nests deeper than that
// or repeats a key.
absl::StatusOr<Struct> StructFromJson(std::string_view text);

}  // namespace kith
