#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "engine/program.h"
#include "kith/values.h"

namespace kith::engine {

// The slot of a relation or permission. FAILED_PRECONDITION with
// UNKNOWN_DEFINITION or UNKNOWN_RELATION_OR_PERMISSION.
absl::StatusOr<uint32_t> ResolveSlot(const Programs& programs,
                                     std::string_view type,
                                     std::string_view name);

// The kind of a subject whose type and relation the schema must have; errors
// as above.
absl::StatusOr<SubjectKind> ResolveSubject(const Programs& programs,
                                           const SubjectRef& subject);

}  // namespace kith::engine
