#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "schema/analysis/resolve.h"
#include "schema/schema.h"
#include "schema/syntax/ast.h"

namespace kith::schema {

// What Compile does with a text that is parsed already.
absl::StatusOr<std::shared_ptr<const Schema>> CompileFile(
    File file, const LineName& line_name);

}  // namespace kith::schema
