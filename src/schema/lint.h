#pragma once

#include <vector>

#include "kith/schema_tools.h"
#include "schema/schema.h"

namespace kith::schema {

// Likely mistakes in a compiled schema, by position. schema/README.md lists the
// codes; comments silence them as LintSchema says.
std::vector<SchemaWarning> Lint(const Schema& schema);

}  // namespace kith::schema
