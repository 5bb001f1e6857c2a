#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "tools/kith/relationship_source.h"

namespace kith::tool {

struct LoadOptions {
  size_t batch_size = 1000;
  size_t calls_in_flight = 8;
};

// Writes one batch of distinct relationships. Called from several threads.
using WriteBatch =
    std::function<absl::Status(const std::vector<LocatedRelationship>& batch)>;
// Told how many were written so far, on the thread that called Load.
using LoadProgress = std::function<void(uint64_t written)>;

// Reads `source` to its end and writes it in batches, several at a time.
// Occurrences of the same relationship are written in the order of the source.
// Stops at the first error, after the calls in flight have ended; `written`
// then says how many relationships were acknowledged. Memory is bounded by
// the batches in flight.
absl::Status Load(RelationshipSource& source, const LoadOptions& options,
                  const WriteBatch& write, const LoadProgress& progress,
                  uint64_t* written);

}  // namespace kith::tool
