#pragma once

#include "absl/status/status.h"
#include "schema/analysis/symbols.h"

// The rules that a schema must keep beyond its grammar. Each function returns
// OK or the first violation in the order written, FAILED_PRECONDITION
// SCHEMA_TYPE_ERROR. All take time linear in the schema, but for the check of
// annotations, which is bounded.

namespace kith::schema {

// Caveats compile, and every parameter is mentioned in the expression. Fills
// Caveat::compiled.
absl::Status CheckCaveats(Schema* schema);

// Allowed subjects exist, are listed once, and do not smuggle a wildcard in
// through another relation.
absl::Status CheckRelations(const Symbols& symbols);

// Names in expressions exist, and arrows begin at relations without wildcard.
absl::Status CheckPermissions(const Symbols& symbols);

// No permission is, through other permissions, just another name of itself.
absl::Status CheckAliasCycles(const Symbols& symbols);

// With `use typechecking`: an annotated permission lists every type of subject
// that its expression can lead to. To be called after the others.
absl::Status CheckAnnotations(const Symbols& symbols);

}  // namespace kith::schema
