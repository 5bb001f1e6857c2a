#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "kith/values.h"
#include "property/history.h"
#include "property/random.h"
#include "property/schema_ast.h"

namespace kith::property {

// What is written, and then the instant at which questions are asked.
struct Phase {
  // A new schema to begin with; it fits what is stored.
  std::optional<SchemaAst> schema;
  std::vector<Step> steps;
  absl::Time now;
};

// One random world, all of it made from `seed`.
struct Model {
  uint64_t seed = 0;
  SchemaAst schema;  // the first
  uint32_t max_depth = 50;
  absl::Time start;
  std::vector<Phase> phases;
  // Objects and subjects worth asking about; some are in no relationship.
  std::vector<ObjectRef> objects;
  std::vector<SubjectRef> subjects;
  // Contexts worth asking with; the first is empty.
  std::vector<Struct> contexts;
  // More relationships that the last schema allows, not part of any phase.
  std::vector<Relationship> extra;
};

Model MakeModel(uint64_t seed);

// A filter made of some fields of `like`, so that it matches something.
RelationshipFilter MakeFilter(const Relationship& like, Random* random);

}  // namespace kith::property
