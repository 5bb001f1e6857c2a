#pragma once

#include <atomic>

#include "service/method_table.h"

namespace kith::service {

// Is this server to be sent calls? Thread-safe.
class HealthState {
 public:
  bool serving() const { return serving_; }
  void set_serving(bool serving) { serving_ = serving; }

 private:
  std::atomic<bool> serving_{true};
};

// grpc.health.v1.Health/Check, without a key: the state of the server (service
// "") and of each service that `methods` has by now; others are NOT_FOUND.
// Watch is not served, which its protocol allows, and says so without a key.
// `state` outlives the table.
void AddHealthMethods(const HealthState* state, MethodTable* methods);

}  // namespace kith::service
