#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "engine/container_block.h"
#include "engine/engine.h"
#include "engine/objects.h"
#include "engine/program.h"
#include "engine/rows.h"

namespace kith::engine {

// What contains a subject: the places of nests (SubjectPrograms::is_nest) that
// it has, found from its own side by the nest's program backwards. A search
// that is about to walk down a nest asks whether it need: of a container of the
// subject it has the answer, and once all containers are known, of everything
// else too.
//
// All containers of a subject are kept in the row cache, so that the next check
// knows them at once. Where they are not, neither side knows which of them has
// less to read, so they take turns with doubling budgets: this side begins when
// the search has read a few relationships of the nest, and may then read about
// as much as the search has. So the two together read at most a few times what
// the cheaper side would, and a subject in a hundred thousand groups costs a
// small nest next to nothing. What took too long is kept as a hint, and the
// next check waits with it until the search has read as much in vain.
//
// It never says more than it knows:
//
//   yes      a path of relationships without conditions, of no more hops than
//            the search may still go: what the search would find in the end.
//   no       all containers are known, conditional ones and those too far away
//            for the search included, and this is none of them. The search by
//            itself might have met the depth limit instead.
//   nullopt  anything else: the search must look for itself, for what is
//            conditional or near the depth limit is its to say.
//
// Caveats are not evaluated here: what has one is conditional for everyone, so
// containers serve all contexts. An error on this side (a damaged row of a
// group that the search might never have come to) ends this side's work and
// shows in no answer.
//
// Of one subject and revision, like the search. Not thread-safe.
class Containers {
 public:
  // All outlive it.
  Containers(const Evaluation& evaluation, const SubjectPrograms& programs,
             std::string_view subject_id, Objects* objects);
  ~Containers();
  Containers(const Containers&) = delete;
  Containers& operator=(const Containers&) = delete;

  struct Answer {
    bool contained = false;
    uint32_t hops = 0;  // on the shortest path, if it is contained
  };
  // Whether the subject has the nest on the object within `max_hops`.
  std::optional<Answer> Find(Pc nest, ObjectId object, uint32_t max_hops);

  // What all answers so far rest on. False: that is too much.
  bool AddTo(Support* support) const;

  // The search has read so much more of a nest: it may be this side's turn.
  void Spend(Pc nest, uint64_t reads);

 private:
  class Closure;
  struct Side {
    Pc nest = kNilPc;
    uint64_t spent = 0;                // by searches
    uint64_t spent_here = 0;           // by this one
    uint64_t next_turn = 0;            // when they have spent so much
    std::unique_ptr<Closure> closure;  // null: had no turn yet
    bool large = false;                // too many to be kept
    bool answered = false;             // something
    std::string kept;  // a ContainerBlock of all; then there is no closure
    std::vector<storage::ChangeStripes::Index> kept_dependencies;
    TimeSpan kept_time;
  };

  Side& SideOf(Pc nest);
  bool MayKeep(const Side& side) const {
    return evaluation_.row_cache != nullptr && !side.large;
  }
  // Takes what the row cache has, which may be a hint.
  void Load(Side* side);
  // Gives it what is known now.
  void Keep(const Side& side);
  std::string Key(Pc nest) const;

  const Evaluation& evaluation_;
  const SubjectPrograms& programs_;
  const std::string_view subject_id_;
  Objects& objects_;
  absl::InlinedVector<Side, 1> sides_;  // few
};

}  // namespace kith::engine
