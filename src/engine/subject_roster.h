#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/id_arena.h"
#include "engine/subject_set.h"
#include "engine/value.h"

namespace kith::engine {

// Gives the subjects that relationships name numbers in the order of their ids.
// They come in runs that are in that order already, as relationships are
// stored, so that nothing is hashed or sorted: a run alone is its own numbers,
// and more of them are merged. Holds every run, at some 60 bytes and the id for
// each relationship. Not thread-safe.
class SubjectRoster {
 public:
  using Run = size_t;  // numbered as they began

  // What is added from now on belongs to the next run.
  Run BeginRun();
  // `id` is greater than the last of this run. The bytes are copied.
  void Add(std::string_view id, Value value);

  // To be called once, after the last Add and before what is below.
  void Number();
  size_t size() const { return ids_.size(); }
  std::string_view id(SubjectId subject) const { return ids_[subject]; }
  // The subjects of a run, each named, in their order.
  std::vector<SubjectSet::Member> MembersOf(Run run) const;
  // Some id that no subject has.
  std::string UnmentionedId() const;

  // What owns the ids, which stay valid with it; for the last use.
  IdArena TakeArena() { return std::move(arena_); }

 private:
  // A place in the order of all entries.
  struct Place {
    uint64_t leading;  // of the id, behind what all begin with
    uint32_t entry;
  };

  size_t EndOf(Run run) const {
    return run + 1 < begins_.size() ? begins_[run + 1] : values_.size();
  }
  // Of the runs that have entries.
  std::vector<size_t> RunEnds() const;
  // How many bytes all ids begin with alike.
  size_t CommonBytes(const std::vector<size_t>& ends) const;
  std::vector<Place> Merge(std::vector<size_t> ends) const;

  IdArena arena_;
  std::vector<size_t> begins_;  // of runs, in the entries
  // Of each entry; ids_ are of each subject once they are numbered.
  std::vector<std::string_view> ids_;
  std::vector<Value> values_;
  std::vector<SubjectId> numbers_;  // empty: an entry is its own
};

}  // namespace kith::engine
