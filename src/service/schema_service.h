#pragma once

#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// WriteSchema and ReadSchema. `database` outlives the table.
void AddSchemaMethods(Database* database, MethodTable* methods);

}  // namespace kith::service
