#pragma once

#include <string_view>

#include "absl/status/status.h"

// The errors for names that a schema lacks, for every call that names them.

namespace kith::schema {

// FAILED_PRECONDITION UNKNOWN_DEFINITION.
absl::Status UnknownDefinition(std::string_view definition);
// FAILED_PRECONDITION UNKNOWN_RELATION_OR_PERMISSION.
absl::Status UnknownRelation(std::string_view definition,
                             std::string_view relation_or_permission);

}  // namespace kith::schema
