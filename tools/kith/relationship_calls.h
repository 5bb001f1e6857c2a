#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "kith/values.h"
#include "tools/kith/connection.h"

namespace kith::tool {

// One atomic write of all relationships, by one operation. The token of it.
absl::StatusOr<Token> WriteAll(Connection& connection,
                               Update::Operation operation,
                               const std::vector<Relationship>& relationships);

}  // namespace kith::tool
