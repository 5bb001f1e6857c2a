#pragma once

#include <vector>

#include "property/generator.h"

namespace kith::differential {

// A state to ask both servers about.
struct World {
  property::SchemaAst schema;
  std::vector<Relationship> relationships;
  std::vector<ObjectRef> objects;
  std::vector<SubjectRef> subjects;
  std::vector<Struct> contexts;
};

// What `model` has stored after its first two phases, narrowed to what every
// server of this API takes: ids of its alphabet, and nothing that expires
// while the questions are asked.
World MakeWorld(const property::Model& model);

// The same id in the alphabet of ids that every server takes; two ids stay
// two.
std::string PlainId(const std::string& id);

}  // namespace kith::differential
