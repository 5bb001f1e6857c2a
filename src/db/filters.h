#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "db/relationship_rows.h"
#include "kith/errors.h"
#include "kith/values.h"
#include "schema/schema.h"
#include "storage/types.h"

// What the database asks about a relationship filter of well-formed shape
// (model/validate.h).

namespace kith::db {

// The errors of schema/unknown_name.h when the filter names what `schema`
// lacks. A relation without a resource type is not looked up: it is allowed to
// match nothing.
absl::Status CheckFilterNames(const schema::Schema& schema,
                              const RelationshipFilter& filter);

// The filter over rows; its views point into `filter`. nullopt when a name has
// no symbol: then nothing matches.
std::optional<storage::TupleFilter> RowFilter(const RelationshipFilter& filter,
                                              SymbolOf symbol_of);

// The only key that `filter` can match, when it is so narrow.
std::optional<storage::TupleKey> OnlyKey(const storage::TupleFilter& filter);

// 16 bytes, equal for equal filters and only for those.
std::string FilterDigest(const RelationshipFilter& filter);

// Adds the set fields under keys such as "<prefix>resource_type".
void AddFilterMetadata(const RelationshipFilter& filter,
                       std::string_view prefix, ErrorInfo* info);

}  // namespace kith::db
