#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "tools/kith/connection.h"
#include "tools/kith/relationship_source.h"

namespace kith::tool {

struct ImportOptions {
  bool create = false;  // stop at a relationship that is there already
  size_t batch_size = 1000;
  // How errors call a place in the source: "line 7: ".
  std::string place = "line";
};

// How far an import came.
struct ImportProgress {
  uint64_t loaded = 0;  // acknowledged, since the start of the call
  Token written_at;     // of the last acknowledgement; empty: there was none
};
// Told after each acknowledgement, on the thread that called. An error ends the
// import.
using OnLoaded = std::function<absl::Status(const ImportProgress&)>;

// Reads `source` to its end and has it committed in batches, in its order, by
// kith.v1.BulkService. Stops at the first error; what `progress` says was
// loaded by then stays. Batches are sent ahead as far as the connection takes
// them, so memory is bounded.
absl::Status ImportInBatches(Connection& connection, RelationshipSource& source,
                             const ImportOptions& options,
                             const OnLoaded& on_loaded,
                             ImportProgress* progress);

// The same in one commit, all of it or nothing, by ImportBulkRelationships:
// nothing may be there already. `sent` is told how many were sent so far.
absl::StatusOr<uint64_t> ImportAtOnce(
    Connection& connection, RelationshipSource& source,
    const ImportOptions& options, const std::function<void(uint64_t)>& sent);

}  // namespace kith::tool
