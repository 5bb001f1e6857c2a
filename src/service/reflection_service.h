#pragma once

#include "service/method_table.h"

namespace kith::service {

// Server reflection (grpc.reflection.v1 and v1alpha), without a key: the
// services that `methods` has by now, and all message types compiled in.
void AddReflectionMethods(MethodTable* methods);

}  // namespace kith::service
