#pragma once

#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// authzed.api.v1.WatchService. `database` outlives the table.
void AddWatchMethods(Database* database, MethodTable* methods);

}  // namespace kith::service
