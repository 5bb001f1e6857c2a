#pragma once

#include <vector>

#include "kith/schema_tools.h"
#include "schema/schema.h"

namespace kith::schema {

// What leads from `older` to `newer`: definitions by name, then caveats by
// name. Equal expressions and comments are those with equal canonical text.
std::vector<SchemaDifference> Difference(const Schema& older,
                                         const Schema& newer);

}  // namespace kith::schema
