#pragma once

#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// LookupResources and LookupSubjects. `database` outlives the table.
void AddLookupMethods(Database* database, MethodTable* methods);

}  // namespace kith::service
