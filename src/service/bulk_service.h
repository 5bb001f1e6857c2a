#pragma once

#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// ImportBulkRelationships and ExportBulkRelationships, the same under their
// older names in ExperimentalService, and our own BulkService. `database`
// outlives the table.
void AddBulkMethods(Database* database, MethodTable* methods);

}  // namespace kith::service
