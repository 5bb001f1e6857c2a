#pragma once

#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// CheckPermission, CheckBulkPermissions and ExpandPermissionTree. `database`
// outlives the table.
void AddCheckMethods(Database* database, MethodTable* methods);

}  // namespace kith::service
