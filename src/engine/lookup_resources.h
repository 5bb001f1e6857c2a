#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/reverse_walk.h"
#include "kith/lookup_resources.h"
#include "kith/values.h"

namespace kith::engine {

// The resources of a type on which a subject has a permission: those for which
// CheckBatch answers more than no, in the order of their ids.
//
// A walk backwards from the subject finds candidates, among them all resources
// of the answer (reverse_program.h). Of some it is sure. The others are checked
// when it is their turn, by the permission that was asked about and nothing
// else, so that what is never asked for is never checked. One thread at a time.
class ResourceLookup {
 public:
  struct Question {
    std::string resource_type;
    std::string permission;  // or a relation
    SubjectRef subject;
    Struct context;
    std::string after;  // only ids greater than this; empty: all
  };

  // Walks. Errors: those of CheckBatch for names and the wildcard;
  // RESOURCE_EXHAUSTED beyond Evaluation::max_lookup_edges or
  // max_lookup_candidates.
  static absl::StatusOr<std::unique_ptr<ResourceLookup>> Start(
      Evaluation evaluation, Question question);

  // The next resource, without a cursor; nullopt: there are no more. An error
  // is one of CheckBatch for the resource whose turn it was.
  absl::StatusOr<std::optional<FoundResource>> Next();

 private:
  ResourceLookup(Evaluation evaluation, Question question,
                 Candidates candidates);

  absl::StatusOr<CheckAnswer> Check(std::string_view id);

  const Evaluation evaluation_;
  const Question question_;
  Candidates candidates_;  // a heap, the least id first
  // Checks share what they read, in lots, so that the memory stays bounded.
  std::optional<CheckBatch> lot_;
  uint32_t checks_in_lot_ = 0;
};

}  // namespace kith::engine
