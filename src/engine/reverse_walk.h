#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/caveats.h"
#include "engine/edges.h"
#include "engine/engine.h"
#include "engine/lookup_budget.h"
#include "engine/resource_reach.h"
#include "engine/reverse_program.h"
#include "engine/rows.h"

namespace kith::engine {

// Follows a reverse program from one subject, breadth first by hops. A place is
// visited at most twice: when it is reached at all and, should that have been
// unsure, again when it is reached for sure. Being sure takes relationships
// that are true all the way and at most Evaluation::max_depth hops, as far as a
// check goes; places further away are followed too, for what is beyond a
// check's depth is the check's to say. Relationships that lead to the goal and
// no further are not read. Cost: linear in the relationships read.
class ReverseWalk {
 public:
  // All arguments outlive it. `caveats` is not null.
  ReverseWalk(const Evaluation& evaluation, const SubjectKind& subject,
              std::string_view subject_id, const ReverseProgram& program,
              CaveatEvaluator* caveats);

  // To be called once. RESOURCE_EXHAUSTED beyond max_lookup_edges or
  // max_lookup_candidates; CANCELLED.
  absl::StatusOr<std::shared_ptr<const ResourceReach>> Run();

 private:
  using Landing = ReverseProgram::Landing;
  // A reached place that is yet to be left; the key is that of reached_.
  struct Stop {
    uint64_t place;
    bool sure;
  };

  static uint64_t Place(Pc pc, ObjectId object) {
    return static_cast<uint64_t>(pc) << 32 | object;
  }

  absl::Status Enter();
  absl::Status EnterFrom(const ReverseProgram::Entry& entry,
                         std::string_view subject_id);
  absl::Status Leave(const Stop& stop);
  // Reads the relationships and lands on their resources, or leaves them
  // unread. `relationships.sure` is what is sure of their subject.
  absl::Status Follow(const ResourceRun& relationships,
                      std::span<const Landing> landings);
  absl::Status Land(ObjectId object, std::span<const Landing> landings,
                    bool sure);
  // For one more thing that is kept.
  absl::Status CheckRoom() const;

  const Evaluation& evaluation_;
  const SubjectKind subject_;
  const std::string_view subject_id_;
  const ReverseProgram& program_;
  CaveatEvaluator* const caveats_;

  Objects objects_;
  absl::flat_hash_map<uint64_t, bool> reached_;  // place -> for sure
  std::vector<ObjectId> found_;                  // of the goal
  std::vector<Stop> stops_;                      // one more hop away
  uint32_t hops_ = 0;                            // of what is landed on now
  LookupBudget budget_;
  Recorder recorder_;
  Rows rows_;
  std::shared_ptr<ResourceReach> reach_;
};

}  // namespace kith::engine
