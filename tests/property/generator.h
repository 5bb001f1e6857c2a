#pragma once

#include <vector>

#include "absl/time/time.h"
#include "kith/values.h"
#include "property/history.h"
#include "property/random.h"
#include "property/schema_ast.h"

namespace kith::property {

// What is written, and then the instant at which questions are asked.
struct Phase {
  std::vector<Step> steps;
  absl::Time now;
};

// One random world, all of it made from `seed`.
struct Model {
  uint64_t seed = 0;
  SchemaAst schema;
  uint32_t max_depth = 50;
  absl::Time start;
  std::vector<Phase> phases;
  // Objects and subjects worth asking about; some are in no relationship.
  std::vector<ObjectRef> objects;
  std::vector<SubjectRef> subjects;
  // More relationships that the schema allows, not part of any phase.
  std::vector<Relationship> extra;
};

Model MakeModel(uint64_t seed);

// A filter made of some fields of `like`, so that it matches something.
RelationshipFilter MakeFilter(const Relationship& like, Random* random);

}  // namespace kith::property
