#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "engine/engine.h"
#include "engine/exact_cache.h"

namespace kith::engine {

// What a lookup found on its way, before its answer is read: all that another
// lookup, which asks the same at the same revision, needs to go on from
// anywhere in the answer. Immutable once it is made.
class LookupOutcome {
 public:
  explicit LookupOutcome(std::shared_ptr<const CompiledSchema> schema)
      : schema_(std::move(schema)) {}
  virtual ~LookupOutcome() = default;

  // What it takes of memory.
  virtual size_t bytes() const = 0;

  // Whether the same would be found now, at the same revision: expiry shows.
  bool HoldsFor(const Evaluation& evaluation) const {
    return evaluation.schema == schema_ && time_.Contains(evaluation.now);
  }
  void set_time(const TimeSpan& time) { time_ = time; }

 private:
  const std::shared_ptr<const CompiledSchema> schema_;
  TimeSpan time_;
};

}  // namespace kith::engine
