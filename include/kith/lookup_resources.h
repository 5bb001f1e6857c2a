#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kith/values.h"

// What a subject can reach: the request and the answers of
// Database::LookupResources.

namespace kith {

struct LookupResourcesRequest {
  std::string resource_type;
  std::string permission;  // or a relation
  SubjectRef subject;      // not the wildcard
  Struct context;          // values for the parameters of caveats
  Consistency consistency;
  // Resources in the answer; 0: all of them.
  uint32_t limit = 0;
  // Of the last resource seen; empty: from the start. Its revision wins over
  // `consistency`; the limit may change, everything else must be the same.
  std::string cursor;
  // Set to true, by any thread at any time, it ends the lookup and its stream
  // soon: CANCELLED. Outlives the stream. Null: nobody does.
  const std::atomic<bool>* cancelled = nullptr;
};

// A resource on which the subject has the permission, for certain or under
// conditions.
struct FoundResource {
  std::string id;
  // Never kNoPermission.
  Permissionship permissionship = Permissionship::kHasPermission;
  std::vector<std::string> missing_context;  // as in CheckAnswer
  std::string cursor;                        // resumes after this resource
};

// The answer, made as it is read: ids in byte order, none twice. All of it is
// of one revision, which stays readable while the stream lives, and of one
// time, that of the call, which decides what is expired; an answer resumed by a
// cursor is of the same revision and of the time of its own call. The stream
// must not outlive its database. One thread at a time.
class ResourceStream {
 public:
  virtual ~ResourceStream() = default;

  // The next resources, at most some hundreds; empty: there are no more. An
  // error ends the stream: what came before it is right, but not all.
  virtual absl::StatusOr<std::vector<FoundResource>> Next() = 0;

  // Next would be short work: it has all it needs, or there are no more. False
  // says nothing.
  virtual bool IsAtHand() const { return false; }

  virtual const Token& looked_up_at() const = 0;
};

}  // namespace kith
