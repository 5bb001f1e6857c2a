#pragma once

#include <vector>

#include "absl/status/status.h"
#include "kith/schema_tools.h"
#include "schema/schema.h"

// A schema as the values of kith/schema_tools.h.

namespace kith::schema {

ReflectedSubject Reflect(const AllowedSubject& allowed);
ReflectedRelation Reflect(const Definition& definition,
                          const Relation& relation);
ReflectedPermission Reflect(const Definition& definition,
                            const Permission& permission);
ReflectedDefinition Reflect(const Definition& definition);
ReflectedCaveat Reflect(const Caveat& caveat);

// What `filters` select of `schema`. INVALID_ARGUMENT INVALID_FILTER when one
// contradicts itself.
absl::StatusOr<SchemaReflection> Reflect(
    const Schema& schema, const std::vector<SchemaFilter>& filters);

}  // namespace kith::schema
