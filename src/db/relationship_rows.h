#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kith/values.h"
#include "storage/types.h"

// Between relationships, which have names, and rows, which have symbols.

namespace kith::db {

// nullopt: the name was never interned, so no row can have it.
using SymbolOf =
    absl::FunctionRef<std::optional<storage::Symbol>(std::string_view)>;
// Empty: no such symbol.
using NameOf = absl::FunctionRef<std::string_view(storage::Symbol)>;

// A key that owns its ids.
class OwnedKey {
 public:
  explicit OwnedKey(const storage::TupleKey& key)
      : symbols_(key),
        resource_id_(key.resource_id),
        subject_id_(key.subject_id) {}

  // Views into this object, wherever it was moved to.
  storage::TupleKey view() const {
    storage::TupleKey key = symbols_;
    key.resource_id = resource_id_;
    key.subject_id = subject_id_;
    return key;
  }

 private:
  storage::TupleKey symbols_;  // its views are not used
  std::string resource_id_;
  std::string subject_id_;
};

// The row key of `relationship`; its views point into `relationship`. nullopt
// when a name has no symbol.
std::optional<storage::TupleKey> KeyOf(const Relationship& relationship,
                                       SymbolOf symbol_of);

// The relationship of a row. DATA_LOSS when the row names an unknown symbol or
// carries a context that does not parse.
absl::StatusOr<Relationship> RelationshipOf(const storage::TupleKey& key,
                                            const storage::TupleValue& value,
                                            NameOf name_of);

// As a row keeps it: rounded down to whole nanoseconds.
absl::Time RowTime(absl::Time time);

// The bytes by which context and metadata that are valid (ValidateContext in
// model/validate.h) are kept and measured: canonical JSON, or nothing when
// empty.
std::string ContextBytes(const Struct& context);

}  // namespace kith::db
