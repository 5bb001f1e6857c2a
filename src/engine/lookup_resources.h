#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/caveats.h"
#include "engine/engine.h"
#include "engine/resource_merge.h"
#include "engine/resource_reach.h"
#include "kith/lookup_resources.h"
#include "kith/values.h"

namespace kith::engine {

// The resources of a type on which a subject has a permission: those for which
// CheckBatch answers more than no, in the order of their ids.
//
// A walk backwards from the subject finds candidates, among them all resources
// of the answer (reverse_program.h), or where they are (resource_reach.h). Of
// some it is sure. The others are checked when it is their turn, by the
// permission that was asked about and nothing else, so that what is never asked
// for is neither read nor checked. One thread at a time.
class ResourceLookup {
 public:
  struct Question {
    std::string resource_type;
    std::string permission;  // or a relation
    SubjectRef subject;
    Struct context;
    std::string after;   // only ids greater than this; empty: all
    uint32_t limit = 0;  // that many will be asked for; 0: nobody knows
  };

  // Walks, unless it is given what a walk for the same question at the same
  // revision left behind and that still holds. Errors: those of CheckBatch for
  // names and the wildcard; RESOURCE_EXHAUSTED beyond
  // Evaluation::max_lookup_edges or max_lookup_candidates; CANCELLED.
  static absl::StatusOr<std::unique_ptr<ResourceLookup>> Start(
      Evaluation evaluation, Question question,
      std::shared_ptr<const ResourceReach> reach = nullptr);

  // For the same question with any `after`.
  const std::shared_ptr<const ResourceReach>& reach() const { return reach_; }

  // The next resource, without a cursor, in place of `found`; false: there are
  // no more. An error is one of CheckBatch for the resource whose turn it was,
  // RESOURCE_EXHAUSTED beyond max_lookup_edges or CANCELLED.
  absl::StatusOr<bool> Next(FoundResource* found);

  // The runs are read as their turn comes.
  bool IsAtHand() const { return false; }

 private:
  ResourceLookup(Evaluation evaluation, Question question,
                 std::shared_ptr<const ResourceReach> reach);

  absl::StatusOr<CheckAnswer> Check(std::string_view id);

  const Evaluation evaluation_;
  const Question question_;
  const std::shared_ptr<const ResourceReach> reach_;
  CaveatEvaluator caveats_;
  ResourceMerge candidates_;
  // Checks share what they read, in lots, so that the memory stays bounded.
  std::optional<CheckBatch> lot_;
  uint32_t checks_in_lot_ = 0;
};

}  // namespace kith::engine
