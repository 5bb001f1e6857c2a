#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "schema/schema.h"
#include "schema/syntax/ast.h"

namespace kith::schema {

// How a message names a line other than its own, e.g. `line 7`.
using LineName = std::function<std::string(uint32_t line)>;
std::string PlainLineName(uint32_t line);

// Makes a schema of a parsed text: splices partials in and refuses names that
// are declared twice, unknown or circular partials, and imports. Errors are
// parse errors: no name is looked up yet.
absl::StatusOr<std::shared_ptr<Schema>> Resolve(
    File file, const LineName& line_name = PlainLineName);

}  // namespace kith::schema
