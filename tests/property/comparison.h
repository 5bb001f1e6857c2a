#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "property/cache_setting.h"
#include "property/generator.h"
#include "property/reproduction.h"

namespace kith::property {

// What a run has seen, to show that it was worth something.
struct Tally {
  uint64_t models = 0;
  uint64_t comparisons = 0;
  uint64_t yes = 0;
  uint64_t no = 0;
  uint64_t conditional = 0;
  uint64_t depth_errors = 0;
  uint64_t exclusion_errors = 0;
  uint64_t caveat_errors = 0;
  uint64_t depth_differences = 0;  // see BulkComplaint
  uint64_t trees = 0;
  uint64_t tree_errors = 0;
  uint64_t resource_lookups = 0;
  uint64_t subject_lookups = 0;
  uint64_t reads = 0;
  uint64_t repeated = 0;  // questions asked again after writes or in time
  // Of the caches.
  uint64_t result_hits = 0;
  uint64_t row_hits = 0;
  uint64_t stale = 0;
  uint64_t evictions = 0;

  std::string ToString() const;
};

struct Mismatch {
  std::string what;
  // Absent when a single question to a fresh database cannot show it.
  std::optional<Reproduction> reproduction;
};

// Plays the model into a database in memory and compares what the public
// methods say with the oracle after each phase.
std::optional<Mismatch> CompareModel(const Model& model, CacheSetting caches,
                                     Tally* tally);

// CompareModel of the model of `seed` with every setting of the caches; a
// mismatch as text with its seed, and shrunk where possible.
std::optional<std::string> RunSeed(uint64_t seed, Tally* tally);

}  // namespace kith::property
