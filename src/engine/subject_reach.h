#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/id_arena.h"
#include "engine/lookup_outcome.h"
#include "engine/value.h"
#include "kith/lookup_subjects.h"

namespace kith::engine {

// A permission on a resource, evaluated for all subjects of a kind: who is in
// the answer of a lookup of subjects (lookup_subjects.h) and with what value.
struct SubjectReach final : LookupOutcome {
  struct Subject {
    std::string_view id;
    Value value = Value::kFalse;
  };

  using LookupOutcome::LookupOutcome;

  // Of subjects that no relationship in reach mentions.
  Value others = Value::kFalse;
  std::vector<Subject> listed;    // by id
  std::vector<Subject> excluded;  // from the wildcard; by id
  bool all_certain = true;        // of those listed none is kUnknown
  std::string unmentioned_id;     // of one of the others, if kUnknown
  IdArena ids;                    // owns the others

  size_t bytes() const override {
    return sizeof(*this) + ids.bytes() +
           (listed.capacity() + excluded.capacity()) * sizeof(Subject);
  }
};

// Evaluates. Errors: see SubjectLookup::Start.
absl::StatusOr<std::shared_ptr<const SubjectReach>> FindSubjects(
    const Evaluation& evaluation, const LookupSubjectsRequest& request);

}  // namespace kith::engine
