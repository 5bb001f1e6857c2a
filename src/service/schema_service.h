#pragma once

#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// SchemaService, and those methods of ExperimentalService that are older names
// of its. `database` outlives the table.
void AddSchemaMethods(Database* database, MethodTable* methods);

}  // namespace kith::service
