#pragma once

#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// ReadRelationships, WriteRelationships and DeleteRelationships. `database`
// outlives the table.
void AddRelationshipMethods(Database* database, MethodTable* methods);

}  // namespace kith::service
