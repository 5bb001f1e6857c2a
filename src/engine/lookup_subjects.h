#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/edges.h"
#include "engine/engine.h"
#include "engine/subject_set.h"
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
// Cost: Run reads every relationship in reach of the permission; Next makes one
// check for each conditional subject, to learn what is missing. One thread at a
// time.
class SubjectLookup {
 public:
  // Looks at neither consistency, limit nor cursor of the request. Keeps a copy
  // of `evaluation`, whose snapshot must outlive it. Errors: those of a check
  // for unknown names, for recursion through exclusion and for a depth on which
  // the value of any subject depends; RESOURCE_EXHAUSTED beyond
  // max_lookup_edges and max_lookup_subjects.
  static absl::StatusOr<std::unique_ptr<SubjectLookup>> Run(
      const Evaluation& evaluation, const LookupSubjectsRequest& request);

  // Goes on behind the subject of this id; behind `*` come the others.
  void Skip(std::string_view last_id);

  // The next subject, `*` first and then by id, without a cursor; nullopt:
  // there are no more. The error of a caveat that cannot be evaluated when the
  // subject whose turn it was hangs on it.
  absl::StatusOr<std::optional<FoundSubject>> Next();

 private:
  struct Subject {
    std::string_view id;
    Value value = Value::kFalse;
  };

  SubjectLookup(const Evaluation& evaluation,
                const LookupSubjectsRequest& request)
      : evaluation_(evaluation), request_(request) {}

  absl::StatusOr<SubjectSet> Evaluate();
  void List(const SubjectSet& set);
  absl::StatusOr<FoundSubject> Wildcard();
  // Some id that no relationship in reach has.
  std::string UnmentionedId();
  // For kUnknown, the caveat parameters that would decide the subject.
  absl::StatusOr<std::vector<std::string>> Missing(std::string_view id,
                                                   Value value);

  const Evaluation evaluation_;
  const LookupSubjectsRequest request_;
  Objects objects_;  // the subjects and all else that was met
  Value others_ = Value::kFalse;
  std::vector<Subject> listed_;    // by id
  std::vector<Subject> excluded_;  // by id
  bool wildcard_is_next_ = false;
  size_t next_ = 0;  // of listed_
  // Checks share what they read, in lots, so that the memory stays bounded.
  std::optional<CheckBatch> lot_;
  uint32_t checks_in_lot_ = 0;
};

}  // namespace kith::engine
