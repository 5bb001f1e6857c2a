#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kith/database.h"

namespace kith::stress {

// What a run has seen, to show that it was worth something.
struct Tally {
  uint64_t rounds = 0;
  uint64_t commits = 0;
  uint64_t schemas = 0;
  uint64_t instants = 0;   // to which the clock was set
  uint64_t checks = 0;     // answers compared, of single and of bulk checks
  uint64_t resources = 0;  // lookups
  uint64_t subjects = 0;
  uint64_t errors = 0;     // of those, answers that are errors
  uint64_t snapshots = 0;  // of those, of an older revision
  uint64_t result_hits = 0;
  uint64_t row_hits = 0;
  uint64_t stale = 0;
  uint64_t evictions = 0;

  std::string ToString() const;
};

// One random model, with caches of random sizes: threads ask while others
// write, delete, import, change the schema and set the clock. Then every
// answer is compared with the oracle's for the revision that it was given at
// and a time at which it was made. What was wrong; nullopt: nothing.
std::optional<std::string> RunRound(uint64_t seed, Tally* tally);

}  // namespace kith::stress
