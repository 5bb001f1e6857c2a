#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "kith/values.h"

namespace kith::tool {

// A filter as text, every part optional but one:
//   document                    all of a type
//   document:readme             of one resource
//   document:reports/*          of the resources whose id begins so
//   document#viewer             of one relation of a type
//   document:readme@user        whose subject is of a type
//   document#viewer@user:anne   whose subject is that one
//   @team:eng#member            subject sets; `#...` for the object itself
//   @user:*                     the wildcard as the subject
absl::StatusOr<RelationshipFilter> ParseFilter(std::string_view text);

// The part behind the `@`.
absl::StatusOr<SubjectFilter> ParseSubjectFilter(std::string_view text);

// The inverse, for messages.
std::string FilterText(const RelationshipFilter& filter);

}  // namespace kith::tool
