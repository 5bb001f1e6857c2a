#pragma once

#include "absl/status/statusor.h"
#include "db/parts.h"
#include "kith/database.h"

// Database::Check, CheckBulk and Expand: the request's shape and limits here,
// the answer from the engine.

namespace kith::db {

absl::StatusOr<CheckResult> CheckOne(const CheckRequest& request,
                                     const Parts& parts);
absl::StatusOr<BulkCheckResult> CheckMany(const BulkCheckRequest& request,
                                          const Parts& parts);
absl::StatusOr<ExpandResult> ExpandOne(const ExpandRequest& request,
                                       const Parts& parts);

}  // namespace kith::db
