#pragma once

#include "integration/error_table.h"

// The calls that provoke each error of the table, by what they are about. A row
// may get calls from several.

namespace kith::integration {

void AddSchemaErrors(ErrorCases* cases);
void AddRelationshipErrors(ErrorCases* cases);
void AddCheckErrors(ErrorCases* cases);
void AddLookupErrors(ErrorCases* cases);
void AddBulkErrors(ErrorCases* cases);
void AddWatchErrors(ErrorCases* cases);
// Keys, sizes, tokens, load, failing storage.
void AddServerErrors(ErrorCases* cases);

}  // namespace kith::integration
