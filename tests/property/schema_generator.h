#pragma once

#include <vector>

#include "kith/values.h"
#include "property/random.h"
#include "property/schema_ast.h"

namespace kith::property {

// Types that every generated schema has: two of subjects alone, and one that
// nothing else refers to.
inline constexpr char kUser[] = "user";
inline constexpr char kBot[] = "bot";
inline constexpr char kNoise[] = "noise";
inline constexpr char kNoiseRelation[] = "link";

// A random schema that type-checks, biased to the shapes on which evaluators
// err: wildcards on both sides of exclusions, arrows over relations that hold
// subject sets, recursion, names shared between types.
SchemaAst MakeSchema(Random* random);

// The same types, relations and names with other permissions and conditions of
// caveats, more subjects allowed, and some no more that none of
// `relationships` has.
SchemaAst ChangeSchema(const SchemaAst& schema,
                       const std::vector<Relationship>& relationships,
                       Random* random);

// Whether a relation allows a wildcard, itself or through subject sets of
// relations; such a relation may be neither a subject set nor arrowed over.
bool HoldsWildcard(const SchemaAst& schema, std::string_view type,
                   std::string_view relation);

}  // namespace kith::property
