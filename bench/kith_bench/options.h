#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "workloads/draw.h"
#include "workloads/workload.h"

namespace kith::bench {

enum class Consistency : uint8_t { kMinimizeLatency, kFully, kAtLeast };

// One thing to measure: a workload's data, what is done with it, and how often
// which object is asked about.
struct Run {
  const Entry* entry = nullptr;  // never null in parsed options
  Operation operation = Operation::kCheck;
  size_t batch = 1;
  Keys keys = Keys::kZipf;
  int outstanding = 1;

  // As on the command line, with everything said: "drive/bulk:100@zipf".
  std::string Name() const;
};

// What a workload's data is, short: equal for equal schema and relationships.
std::string DataDigest(const Workload& workload);

std::string_view OperationName(Operation operation);

// What the command line asks for.
struct Options {
  std::string endpoint;
  std::string token;
  std::vector<pid_t> processes;
  std::vector<Run> runs;
  double scale = 1;
  uint64_t seed = 1;
  bool clear = false;
  bool load = false;
  double settle_s = 0;  // between loading and measuring
  bool verify = false;
  bool show_data = false;  // instead of asking any server
  int channels = 1;
  double rate = 0;  // operations a second; 0: as fast as answers come
  double warm_up_s = 1;
  double measured_s = 5;
  uint64_t most_operations = 0;  // 0: no limit but the time
  double timeout_s = 60;
  Consistency consistency = Consistency::kMinimizeLatency;
  double writes_per_second = 0;
  std::string json_file;
  // Not empty: to be printed, and nothing else to be done.
  std::string text;
};

// INVALID_ARGUMENT names the flag or the argument that makes no sense.
absl::StatusOr<Options> ParseOptions(std::vector<std::string> arguments);

// "drive/check@uniform" as above, the number of outstanding operations the
// usual one of the operation. INVALID_ARGUMENT says which part is wrong.
absl::StatusOr<Run> ParseRun(std::string_view text);

}  // namespace kith::bench
