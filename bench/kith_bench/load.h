#pragma once

#include "absl/status/status.h"
#include "kith_bench/server.h"
#include "workloads/workload.h"

namespace kith::bench {

// Deletes every relationship that the server's schema has a place for.
absl::Status Clear(Server* server);

// Writes schema and relationships to a server that has none of them.
absl::Status Load(const Workload& workload, Server* server);

}  // namespace kith::bench
