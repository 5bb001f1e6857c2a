#pragma once

#include <atomic>
#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "base/status_macros.h"

// Named points at which a test may stop, delay or fail the running code, so
// that races and failures are provoked instead of slept for.
//
//   KITH_FAULT_POINT("storage.commit.after_publish");   // may run a hook
//   KITH_RETURN_IF_FAULT("storage.gc.before_horizon");  // may return an error
//
// Without a hook a point costs one relaxed load. Hooks are process-wide, run
// on the thread that hits the point, and are for tests only.

namespace kith {

using FaultHook = std::function<absl::Status()>;

// Installs (or with an empty hook removes) the hook of `point`.
void SetFaultHook(std::string_view point, FaultHook hook);

namespace fault_internal {
inline std::atomic<int> hook_count{0};
inline bool AnyHook() {
  return hook_count.load(std::memory_order_relaxed) != 0;
}
absl::Status Run(std::string_view point);
}  // namespace fault_internal

inline absl::Status HitFaultPoint(std::string_view point) {
  return fault_internal::AnyHook() ? fault_internal::Run(point)
                                   : absl::OkStatus();
}

}  // namespace kith

#define KITH_FAULT_POINT(point) ((void)::kith::HitFaultPoint(point))
#define KITH_RETURN_IF_FAULT(point) \
  KITH_RETURN_IF_ERROR(::kith::HitFaultPoint(point))
