#pragma once

#include <functional>
#include <vector>

#include "kith/values.h"
#include "property/schema_ast.h"

// Making a world that shows something wrong smaller for as long as it shows
// it: each function tries changes in place, keeps those after which
// `still_wrong()` holds, and says whether any did. Repeated until none does
// they end.

namespace kith::property {

using StillWrong = std::function<bool()>;

// Relationships, their caveats, expiries and contexts.
bool ShrinkRelationships(std::vector<Relationship>* relationships,
                         const StillWrong& still_wrong);
// Expressions, permissions, relations, what they allow, types, caveats.
bool ShrinkSchema(SchemaAst* schema, const StillWrong& still_wrong);
bool ShrinkContext(Struct* context, const StillWrong& still_wrong);

}  // namespace kith::property
