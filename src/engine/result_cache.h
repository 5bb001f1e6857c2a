#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "engine/exact_cache.h"
#include "engine/rows.h"
#include "kith/values.h"
#include "storage/change_stripes.h"
#include "storage/types.h"

namespace kith::engine {

// Answers of checks kept in memory, exactly (ExactCache). Only an answer that
// no context can change is kept, so it serves every context; and only one that
// every evaluation of the question, alone and from the start, would give.
// Whoever finds one here may skip validating the question: it was valid when
// the same bytes were asked before, under the same schema. Thread-safe.
class ResultCache {
 public:
  // All that an answer depends on beside revision and time. Views.
  struct Question {
    uint64_t schema = 0;  // CompiledSchema::serial() of what is in force
    uint32_t max_depth = 0;
    const ObjectRef& resource;
    std::string_view permission;
    const SubjectRef& subject;
  };

  // `stripes` outlives the cache.
  ResultCache(ExactCache::Options options,
              const storage::ChangeStripes* stripes)
      : stripes_(stripes), cache_(options, stripes) {}

  // `revision` must not be beyond a head that this thread has read.
  std::optional<Permissionship> Find(
      const Question& question, storage::Revision revision, absl::Time now,
      ExactCache::Asks asks = ExactCache::Asks::kOnce);

  // `answer` was found at `revision`, and no caveat had a part in it.
  void Insert(const Question& question, Permissionship answer,
              storage::Revision revision, const Support& support);

  // What recorders for it are made with.
  const storage::ChangeStripes* stripes() const { return stripes_; }
  ExactCacheStats Stats() const { return cache_.Stats(); }

 private:
  const storage::ChangeStripes* const stripes_;
  ExactCache cache_;
};

}  // namespace kith::engine
