#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kith/database.h"
#include "workloads/questions.h"
#include "workloads/workload.h"

namespace kith::bench {

// What loading a workload took; making its relationships does not count.
struct Loading {
  uint64_t relationships = 0;
  int64_t wall_ns = 0;
  int64_t cpu_ns = 0;  // of all threads
};

// A workload's relationships in a database of the scene's directory.
struct Loaded {
  std::unique_ptr<Workload> workload;
  std::string path;
  Loading loading;

  // Options that open it.
  Options options() const;
};

// Where the figures of a run take their databases from: each is loaded once,
// on disk, and opened by each figure with options of its own. One thread.
class Scene {
 public:
  // `directory` exists and is empty; what is written there stays.
  explicit Scene(std::string directory) : directory_(std::move(directory)) {}

  const std::string& directory() const { return directory_; }

  // Valid as long as the scene.
  absl::StatusOr<const Loaded*> Load(std::string_view name, double scale);

 private:
  const std::string directory_;
  std::map<std::string, Loaded> loaded_;
};

// Imports everything, in random order.
absl::StatusOr<Loading> Import(Database* db, const Workload& workload);

CheckRequest RequestOf(const CheckQuestion& question);
// INTERNAL when the answer is not the expected one.
absl::Status Verify(const CheckQuestion& question,
                    const absl::StatusOr<CheckResult>& result);

// `count` questions, and what is asked.
struct CheckSet {
  std::vector<CheckQuestion> questions;
  std::vector<CheckRequest> requests;
};
CheckSet MakeChecks(const Workload& workload, uint64_t seed, Keys keys,
                    size_t count);
// Asks all of them, `rounds` times, and verifies the answers. Caches take some
// rows in only when they were asked for repeatedly.
absl::Status AskAll(Database* db, const CheckSet& checks, int rounds = 4);

}  // namespace kith::bench
