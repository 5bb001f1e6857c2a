#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kith/value.h"
#include "kith/values.h"

// How a check came to its answer. Plain data.

namespace kith {

// A caveat as a check evaluated it.
struct CaveatTrace {
  enum class Result : uint8_t {
    kUnevaluated,  // it fails; the answer does not hang on it
    kFalse,
    kTrue,
    kMissingContext,
  };
  std::string name;
  std::string expression;  // CEL
  // Values for its parameters, of the relationship and of the request.
  Struct context;
  Result result = Result::kUnevaluated;
  // For kMissingContext: parameters that would decide it; sorted.
  std::vector<std::string> missing_context;
};

// One question within a check: has the subject the relation or permission on
// the resource? Its steps are what the answer was made of.
//
// Or a relationship that answers the step above by itself: then `through` is
// that relationship, `subject` is its subject (the wildcard, perhaps), and
// there are no steps.
struct TraceStep {
  ObjectRef resource;
  std::string permission;  // or a relation
  bool is_relation = false;
  SubjectRef subject;
  // Absent: not decided within the limits.
  std::optional<Permissionship> permissionship;
  // The stored relationship that leads here from the step above; absent when
  // that is about the same resource.
  std::optional<Relationship> through;
  std::optional<CaveatTrace> caveat;  // of `through`
  uint64_t id = 0;                    // of this question within its trace
  // The question has been asked before in this trace, under the same id: what
  // it is made of is told there, once. So cycles end.
  bool repeated = false;
  std::vector<TraceStep> steps;
};

// Why a check has its answer: for "yes" and "conditional" what grants, for "no"
// all that could have. Where one of many relationships is enough, one is told.
// Where levels would go deeper than clients of the wire can read, they end.
struct CheckTrace {
  TraceStep check;
  std::string schema;       // in force, in canonical format
  absl::Duration duration;  // of check and trace together
};

}  // namespace kith
