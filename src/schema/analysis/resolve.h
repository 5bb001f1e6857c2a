#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "schema/schema.h"
#include "schema/syntax/ast.h"

namespace kith::schema {

// Makes a schema of a parsed text: splices partials in and refuses names that
// are declared twice, unknown or circular partials, and imports. Errors are
// parse errors: no name is looked up yet.
absl::StatusOr<std::shared_ptr<const Schema>> Resolve(File file);

}  // namespace kith::schema
