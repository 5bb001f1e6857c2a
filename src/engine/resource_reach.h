#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/id_arena.h"
#include "engine/lookup_outcome.h"
#include "engine/program.h"

namespace kith::engine {

// An object that a lookup found.
struct Candidate {
  std::string_view id;
  // A check would say yes. False: a check may say anything, also no.
  bool sure = false;
};

// Relationships that all lead to objects of the goal and no further: those that
// name one subject in one relation. They are stored in the order of the
// objects' ids, so they can be left unread until their objects are asked for.
struct ResourceRun {
  Symbol subject_type = storage::kNoSymbol;
  Symbol subject_relation = storage::kNoSymbol;
  Symbol resource_type = storage::kNoSymbol;
  Symbol relation = storage::kNoSymbol;
  std::string_view subject_id;
  Traits traits;
  bool sure = false;  // of the objects whose relationship is true
};

// What a walk (reverse_walk.h) leaves behind: the objects of the goal it found
// on its way, and where the others are.
struct ResourceReach final : LookupOutcome {
  using LookupOutcome::LookupOutcome;

  std::vector<Candidate> found;  // in the order of their ids, each once
  std::vector<ResourceRun> runs;
  IdArena ids;         // owns all ids
  uint64_t edges = 0;  // relationships that were read

  size_t bytes() const override {
    return sizeof(*this) + found.capacity() * sizeof(Candidate) +
           runs.capacity() * sizeof(ResourceRun) + ids.bytes();
  }
};

}  // namespace kith::engine
