#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/subject_reach.h"
#include "engine/value.h"
#include "kith/lookup_subjects.h"

namespace kith::engine {

// Who has a permission on a resource: the permission evaluated once for all
// subjects of a kind, as a function from subject to value (subject_set.h). For
// every subject, met or never seen, that value is the one that CheckBatch
// gives: it is of the same graph (graph.h) in the same algebra (value.h).
//
// What is in the answer, with `others` the value of subjects that no
// relationship in reach mentions:
//
//   the wildcard   where others is more than false; it excludes those whose
//                  value is less than others
//   a subject      whose value is more than others, or more than false and
//                  relationships name it
//
// So the value of any subject is the one it is listed with, else false or
// unknown as it is excluded, else that of the wildcard.
//
// Cost: Start reads every relationship in reach of the permission; Next makes
// one check for each conditional subject, to learn what is missing. One thread
// at a time.
class SubjectLookup {
 public:
  // Looks at neither consistency, limit nor cursor of the request. Keeps a copy
  // of `evaluation`, whose snapshot must outlive it. Evaluates, unless it is
  // given what was found for the same question at the same revision and that
  // still holds. Errors: those of a check for unknown names, for recursion
  // through exclusion and for a depth on which the value of any subject
  // depends; RESOURCE_EXHAUSTED beyond max_lookup_edges and
  // max_lookup_subjects; CANCELLED.
  static absl::StatusOr<std::unique_ptr<SubjectLookup>> Start(
      const Evaluation& evaluation, const LookupSubjectsRequest& request,
      std::shared_ptr<const SubjectReach> reach = nullptr);

  // For the same question.
  const std::shared_ptr<const SubjectReach>& reach() const { return reach_; }

  // Goes on behind the subject of this id; behind `*` come the others.
  void Skip(std::string_view last_id);

  // The next subject, `*` first and then by id, without a cursor, in place of
  // `found`; false: there are no more. The error of a caveat that cannot be
  // evaluated when the subject whose turn it was hangs on it; CANCELLED.
  absl::StatusOr<bool> Next(FoundSubject* found);

  // Next reads nothing, now and later: nobody is left who depends on context.
  bool IsAtHand() const { return !wildcard_is_next_ && reach_->all_certain; }

 private:
  SubjectLookup(const Evaluation& evaluation,
                const LookupSubjectsRequest& request,
                std::shared_ptr<const SubjectReach> reach);

  absl::Status Wildcard(FoundSubject* wildcard);
  // For kUnknown, the caveat parameters that would decide the subject.
  absl::StatusOr<std::vector<std::string>> Missing(std::string_view id,
                                                   Value value);

  const Evaluation evaluation_;
  const LookupSubjectsRequest request_;
  const std::shared_ptr<const SubjectReach> reach_;
  bool wildcard_is_next_;
  size_t next_ = 0;  // of reach_->listed
  // Checks share what they read, in lots, so that the memory stays bounded.
  std::optional<CheckBatch> lot_;
  uint32_t checks_in_lot_ = 0;
};

}  // namespace kith::engine
