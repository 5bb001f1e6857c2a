#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "kith/values.h"
#include "schema/schema.h"

namespace kith::schema {

// Something the old schema allows and the new one does not. It is refused when
// a live relationship still uses it, because that relationship would be left
// without meaning.
struct Removal {
  enum class Operation : uint8_t {
    kDeleteDefinition,
    kDeleteRelation,
    // The removed relation or permission may be a `type#relation` subject.
    kDeleteRelationUsedAsSubject,
    // One exact combination of type, relation or wildcard, caveat and expiry.
    kRemoveAllowedSubject,
    // Refused even without data.
    kRemoveCaveatParameter,
    kChangeCaveatParameterType,
  };
  Operation operation;
  // Which relationships are affected: resource type, relation and subject as
  // far as set. Empty for the caveat operations.
  RelationshipFilter filter;
  // For kRemoveAllowedSubject: the exact combination.
  AllowedSubject allowed;
  std::string caveat;
  std::string parameter;
};

// The name on the wire, e.g. "delete_relation".
std::string_view OperationName(Removal::Operation operation);

// All removals from `before` to `after`, in the order of `before`.
std::vector<Removal> RemovalsBetween(const Schema& before, const Schema& after);

// The error for `removal`, INVALID_ARGUMENT SCHEMA_TYPE_ERROR. `example` is one
// relationship that stands in the way, in text form; empty for the caveat
// operations.
absl::Status RemovalError(const Removal& removal, std::string_view example);

}  // namespace kith::schema
