#pragma once

#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// The methods of ExperimentalService that are no older name of another, which
// are served beside that one: relationship counters. `database` outlives the
// table.
void AddExperimentalMethods(Database* database, MethodTable* methods);

}  // namespace kith::service
