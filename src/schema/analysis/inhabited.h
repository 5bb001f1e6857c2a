#pragma once

#include "absl/container/flat_hash_set.h"
#include "schema/analysis/symbols.h"

namespace kith::schema {

// Which permissions some subject can have under some relationships, as far as
// the schema alone can tell: an exclusion counts as its base, an intersection
// as had when each operand is. A permission that is not among them is empty
// whatever is stored. `symbols` and its schema must outlive it.
class Inhabited {
 public:
  explicit Inhabited(const Symbols& symbols);

  bool Has(const Permission& permission) const {
    return found_.contains(&permission);
  }

 private:
  bool Holds(const Symbols::Type& type, const Expression& e) const;

  const Symbols& symbols_;
  absl::flat_hash_set<const Permission*> found_;
};

}  // namespace kith::schema
