#pragma once

#include <sys/types.h>

#include <map>
#include <vector>

#include "absl/status/statusor.h"

namespace kith::bench {

// CPU time of processes of this machine and of their children, to the
// nanosecond, ended threads included. Of a server that forks one process for
// each connection the parent's id is enough.
class ProcessCpu {
 public:
  explicit ProcessCpu(std::vector<pid_t> processes);

  bool empty() const { return processes_.empty(); }

  // Nanoseconds by process. An error when one of those named is not there.
  using Sample = std::map<pid_t, uint64_t>;
  absl::StatusOr<Sample> Now() const;

 private:
  const std::vector<pid_t> processes_;
};

// What was used in between: a process that is new counts in full, and one that
// ended in between not at all.
uint64_t NanosBetween(const ProcessCpu::Sample& before,
                      const ProcessCpu::Sample& after);

}  // namespace kith::bench
