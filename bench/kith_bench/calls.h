#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kith_bench/call.h"
#include "kith_bench/options.h"
#include "kith_bench/server.h"

namespace kith::bench {

// As many calls as `run` has outstanding, each with questions of its own seed.
// They read `workload` and `server`, which outlive them. An error when the
// workload has no questions of this kind.
absl::StatusOr<std::vector<std::unique_ptr<Call>>> MakeCalls(
    const Run& run, const Options& options, const Workload* workload,
    Server* server);

}  // namespace kith::bench
