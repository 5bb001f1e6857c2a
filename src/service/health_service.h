#pragma once

#include <functional>

#include "absl/container/flat_hash_map.h"
#include "base/mutex.h"
#include "service/method_table.h"

namespace kith::service {

// Is this server to be sent calls? Thread-safe.
class HealthState {
 public:
  bool serving() const;
  void set_serving(bool serving);

  // Calls `wake` once, as soon as serving() is not `seen`; at once if it is not
  // now. It must not block nor use this object. One for each `waiter`.
  void WakeOnce(const void* waiter, bool seen, std::function<void()> wake);
  // False: it came, and has returned.
  bool CancelWake(const void* waiter);

 private:
  mutable Mutex mutex_;
  bool serving_ KITH_GUARDED_BY(mutex_) = true;
  absl::flat_hash_map<const void*, std::function<void()>> waiting_
      KITH_GUARDED_BY(mutex_);
};

// grpc.health.v1.Health, without a key: the state of the server (service "")
// and of each service that `methods` has by now. Check answers NOT_FOUND for
// others, Watch SERVICE_UNKNOWN. `state` outlives the table.
void AddHealthMethods(HealthState* state, MethodTable* methods);

}  // namespace kith::service
