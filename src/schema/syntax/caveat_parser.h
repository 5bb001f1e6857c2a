#pragma once

#include "absl/status/statusor.h"
#include "schema/schema.h"
#include "schema/syntax/token_stream.h"

namespace kith::schema {

// Parses a caveat after its keyword: name, parameters, and the CEL text, which
// is kept and not looked into.
absl::StatusOr<Caveat> ParseCaveat(TokenStream* tokens);

}  // namespace kith::schema
