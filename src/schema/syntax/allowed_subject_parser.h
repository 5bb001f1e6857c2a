#pragma once

#include "absl/status/statusor.h"
#include "schema/schema.h"
#include "schema/syntax/token_stream.h"

namespace kith::schema {

// Parses one way in which a relation may name subjects, `type#relation with
// caveat and expiration`, up to the `|` or the end of the statement.
absl::StatusOr<AllowedSubject> ParseAllowedSubject(TokenStream* tokens);

}  // namespace kith::schema
