#pragma once

#include <optional>
#include <string>
#include <vector>

#include "property/schema_ast.h"
#include "property/verdict.h"

namespace kith::property {

// One question about one world: enough to see a wrong answer again.
struct Reproduction {
  enum class Api { kCheck, kExpand, kLookupResources, kLookupSubjects };

  SchemaAst schema;
  std::vector<Relationship> relationships;
  absl::Time now;
  uint32_t max_depth = 50;
  Question question;
  Api api = Api::kCheck;
  uint32_t limit = 0;  // of a page of a lookup
};

// Asks a fresh database; nullopt when it is right, or when the world cannot
// be written.
std::optional<std::string> Reproduce(const Reproduction& reproduction);

// Drops relationships and parts of the schema for as long as the answer stays
// wrong.
Reproduction Shrink(Reproduction reproduction);

// A validation file: schema, relationships and the expected answer.
std::string ToYaml(const Reproduction& reproduction);

}  // namespace kith::property
