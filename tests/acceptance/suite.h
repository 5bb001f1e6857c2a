#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kith/values.h"

// A suite of scenarios: a schema, relationships to start from, and for each
// scenario what is written and deleted and what must then be answered.

namespace kith::acceptance {

struct Question {
  std::string text;  // `resource#permission@subject`
  Struct context;
  Permissionship expected = Permissionship::kNoPermission;
};

struct Lookup {
  enum class Kind { kResources, kSubjects };
  Kind kind = Kind::kResources;
  std::string type;  // of what is looked up
  std::string permission;
  std::string given;  // the subject, or the resource
  Struct context;
  std::vector<std::string> expected;  // ids, sorted
};

struct Scenario {
  std::string id;
  std::string title;
  // Relationships as text; `[expiration:+2s]` counts from when it is written.
  std::vector<std::string> writes;
  std::vector<std::string> deletes;
  std::vector<Question> checks;
  std::vector<Lookup> lookups;
  size_t decisions = 0;  // that it asks for beside checks and lookups
  absl::Duration wait;
  std::vector<Question> checks_after;  // the wait
};

struct Suite {
  std::string schema;
  std::vector<std::string> fixture;  // as Scenario::writes
  std::vector<Scenario> scenarios;
};

// Of scenarios.json in `folder` and the schema that it names. Throws
// nlohmann's exceptions when that is not what it is.
Suite LoadSuite(const std::string& folder);

// `text` with an expiry `+2s` replaced by the time that long after `now`.
std::string WithAbsoluteExpiry(const std::string& text, absl::Time now);

}  // namespace kith::acceptance
