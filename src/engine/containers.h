#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/edges.h"
#include "engine/objects.h"
#include "engine/place_table.h"
#include "engine/program.h"

namespace kith::engine {

// What contains a subject: the places of nests (SubjectPrograms::is_nest) that
// it has, found from its own side by the nest's program backwards. A search
// that is about to walk down a nest asks whether it need: of a container of the
// subject it has the answer, and once all containers are known, of everything
// else too.
//
// Neither side knows which of them has less to read, so they take turns with
// doubling budgets: the subject's side may read as much as the search has read
// in that nest, and begins only when that is more than a few relationships. So
// the two together read at most about twice what the cheaper side would, and a
// subject in a hundred thousand groups costs a small nest nothing.
//
// It never says more than it knows:
//
//   yes      a path of relationships that are worth kTrue, of no more hops than
//            the search may still go: what the search would find in the end.
//   no       all containers are known, conditional ones and those too far away
//            for the search included, and this is none of them.
//   nullopt  anything else: the search must look for itself, for what is
//            conditional or near the depth limit is its to say.
//
// An error on this side (a damaged row of a group that the search might never
// have come to) ends this side's work and shows in no answer.
//
// Of one subject, context and revision, like the search. Not thread-safe.
class Containers {
 public:
  // All outlive it. The first turn comes when the search has read `first_turn`
  // relationships.
  Containers(const SubjectPrograms& programs, std::string_view subject_id,
             uint64_t first_turn, Objects* objects, EdgeReader* reader);
  ~Containers();
  Containers(const Containers&) = delete;
  Containers& operator=(const Containers&) = delete;

  // Whether the subject has the nest on the object within `max_hops`.
  std::optional<bool> Find(Pc nest, ObjectId object, uint32_t max_hops) const;

  // The search has read so much more of a nest: it may be this side's turn.
  void Spend(Pc nest, uint64_t rows);

 private:
  class Closure;
  struct Side {
    Pc nest = kNilPc;
    uint64_t spent = 0;                // by the search
    uint64_t next_turn = 0;            // when it has spent so much
    std::unique_ptr<Closure> closure;  // null: had no turn yet
  };

  const SubjectPrograms& programs_;
  const std::string_view subject_id_;
  const uint64_t first_turn_;
  Objects& objects_;
  EdgeReader& reader_;
  std::vector<Side> sides_;  // few
};

}  // namespace kith::engine
