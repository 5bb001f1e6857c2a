#pragma once

#include <string>
#include <vector>

#include "kith/schema_tools.h"
#include "kith/values.h"

// What Database is asked about its schema.

namespace kith {

struct ReflectSchemaRequest {
  std::vector<SchemaFilter> filters;  // none: everything
  Consistency consistency;
};
struct ReflectSchemaResult {
  SchemaReflection schema;
  Token read_at;
};

struct DiffSchemaRequest {
  std::string comparison;  // the text of the newer schema
  Consistency consistency;
};
struct DiffSchemaResult {
  std::vector<SchemaDifference> differences;
  Token read_at;
};

struct ComputablePermissionsRequest {
  std::string definition;
  std::string relation;  // or permission; empty: the objects themselves
  std::string definition_prefix;  // of the definitions in the answer
  Consistency consistency;
};
struct DependentRelationsRequest {
  std::string definition;
  std::string permission;
  Consistency consistency;
};
struct RelationReferences {
  std::vector<RelationReference> relations;  // by definition, then name
  Token read_at;
};

}  // namespace kith
