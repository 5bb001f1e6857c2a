#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "kith/values.h"
#include "schema/schema.h"

namespace kith::db {

// Whether `schema` lets `update` in: every name is known
// (FAILED_PRECONDITION UNKNOWN_DEFINITION, UNKNOWN_RELATION_OR_PERMISSION), it
// is on a relation (INVALID_ARGUMENT CANNOT_UPDATE_PERMISSION), and, unless it
// deletes, the relation allows exactly its combination of subject type,
// relation or wildcard, caveat and expiry (INVALID_ARGUMENT
// INVALID_SUBJECT_TYPE) and the caveat has every parameter that its context
// names (INVALID_ARGUMENT CAVEAT_PARAMETER_TYPE_ERROR).
absl::Status CheckAdmission(const schema::Schema& schema, const Update& update);

// ALREADY_EXISTS ATTEMPT_TO_RECREATE_RELATIONSHIP: what is to be created `is`
// ("exists already").
absl::Status RecreationError(const Relationship& relationship,
                             std::string_view is);

}  // namespace kith::db
