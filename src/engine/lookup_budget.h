#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "engine/engine.h"

namespace kith::engine {

// So many relationships are read between two looks whether the caller is still
// there; they take about a millisecond.
inline constexpr uint64_t kLookEvery = 1024;

// What a lookup may still read. Also where it notices that nobody waits for its
// answer any more. Not thread-safe.
class LookupBudget {
 public:
  // `evaluation` outlives it.
  explicit LookupBudget(const Evaluation& evaluation)
      : evaluation_(evaluation) {}

  // For each relationship that is read. RESOURCE_EXHAUSTED beyond
  // max_lookup_edges; CANCELLED.
  absl::Status Spend() {
    if (++spent_ < next_look_) return absl::OkStatus();
    return Look();
  }
  // Was spent for this lookup by someone else.
  void Add(uint64_t spent) {
    spent_ += spent;
    next_look_ = spent_;
  }
  uint64_t spent() const { return spent_; }

 private:
  absl::Status Look();

  const Evaluation& evaluation_;
  uint64_t spent_ = 0;
  uint64_t next_look_ = 0;  // at once
};

// CANCELLED when the caller of the evaluation went away.
absl::Status CheckNotCancelled(const Evaluation& evaluation);

}  // namespace kith::engine
