#pragma once

#include "absl/status/statusor.h"
#include "db/parts.h"
#include "kith/bulk.h"

namespace kith::db {

// Database::Export.
absl::StatusOr<ExportPage> ExportRelationships(const ExportRequest& request,
                                               const Parts& parts);

}  // namespace kith::db
