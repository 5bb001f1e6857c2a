#include "engine/lookup_budget.h"

#include <algorithm>

#include "base/fault.h"
#include "base/status_macros.h"
#include "fmt/format.h"

namespace kith::engine {

absl::Status LookupBudget::Look() {
  const uint64_t limit = evaluation_.max_lookup_edges;
  if (spent_ > limit) {
    return absl::ResourceExhaustedError(fmt::format(
        "the lookup read more than {} relationships on its way from the "
        "subject, the limit of one lookup",
        limit));
  }
  next_look_ = spent_ + std::min(kLookEvery, limit - spent_ + 1);
  return CheckNotCancelled(evaluation_);
}

absl::Status CheckNotCancelled(const Evaluation& evaluation) {
  KITH_FAULT_POINT("lookup.look");
  if (evaluation.cancelled == nullptr || !evaluation.cancelled->load()) {
    return absl::OkStatus();
  }
  return absl::CancelledError("the caller went away");
}

}  // namespace kith::engine
