#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kith/values.h"

// Who has a permission: the request and the answers of
// Database::LookupSubjects.

namespace kith {

struct LookupSubjectsRequest {
  ObjectRef resource;
  std::string permission;  // or a relation
  std::string subject_type;
  // Empty: objects of the type (`user:anne`); otherwise the subject sets of
  // this relation (`team:eng#member`).
  std::string subject_relation;
  Struct context;  // values for the parameters of caveats
  Consistency consistency;
  // False: no `*` in the answer. The other subjects are the same either way,
  // so that who is reached through a wildcard alone is then in no answer.
  bool include_wildcards = true;
  // Subjects other than `*` in the answer; 0: all of them.
  uint32_t concrete_limit = 0;
  // Of the last subject seen; empty: from the start. Its revision wins over
  // `consistency`; the limit may change, everything else must be the same.
  std::string cursor;
  // Set to true, by any thread at any time, it ends the lookup and its stream
  // soon: CANCELLED. Outlives the stream. Null: nobody does.
  const std::atomic<bool>* cancelled = nullptr;
};

// A subject that a wildcard does not stand for.
struct ExcludedSubject {
  std::string id;
  // kHasPermission: it is left out for certain. kConditional: whether it is
  // left out depends on caveat context that was not given.
  Permissionship permissionship = Permissionship::kHasPermission;
  // For kConditional: caveat parameters that would decide it; sorted.
  std::vector<std::string> missing_context;
};

// A subject that has the permission, for certain or under conditions. `*`
// stands for every object of the type that is neither excluded nor found by
// itself; a subject found by itself has the permissionship given there. What a
// conditional `*` misses is what decides it for subjects that no relationship
// mentions; for others it may be something else.
struct FoundSubject {
  std::string id;  // "*": the wildcard
  // Never kNoPermission.
  Permissionship permissionship = Permissionship::kHasPermission;
  std::vector<std::string> missing_context;  // as in CheckAnswer
  std::vector<ExcludedSubject> excluded;     // of `*` only; sorted by id
  std::string cursor;                        // resumes after this subject
};

// The answer, made as it is read: `*` first, then ids in byte order, none
// twice. All of it is of one revision, which stays readable while the stream
// lives; it must not outlive its database. One thread at a time.
class SubjectStream {
 public:
  virtual ~SubjectStream() = default;

  // The next subjects, at most some hundreds; empty: there are no more. An
  // error ends the stream: what came before it is right, but not all.
  virtual absl::StatusOr<std::vector<FoundSubject>> Next() = 0;

  // Next would be short work: it has all it needs, or there are no more. False
  // says nothing.
  virtual bool IsAtHand() const { return false; }

  virtual const Token& looked_up_at() const = 0;
};

}  // namespace kith
