#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/program.h"
#include "storage/types.h"

namespace kith::engine {

// An operation backwards: from one kind of subject to the objects on which an
// operation, the goal, may be more than false for it. Made from the forward
// program of the subject's kind, so that both follow the same relationships.
//
// A walk (reverse_walk.h) works on places: pairs of an operation and an object.
// Only two sorts of operations have places: the goal, and those that a hop of
// another operation leads to. What lies between them on the same object is
// folded into landings.
//
// It follows every derivation of a value that is more than false: of a union
// every child; of an intersection, which needs all, one child; of an exclusion
// the base. So no object that has such a value is missed, while some that have
// not are found too. It is sure of an object when only unions, subject sets and
// arrows to any object lie on the way.
class ReverseProgram {
 public:
  // Where one leads that an object has a relationship: to another operation of
  // the same object.
  struct Landing {
    Pc pc = kNilPc;
    bool sure = false;     // the operation is worth what the relationship is
    bool leads_on = true;  // there are steps from it; else it is the goal
    friend bool operator==(const Landing&, const Landing&) = default;
  };
  // The relationships that name the subject itself or the wildcard of its type.
  struct Entry {
    Symbol resource_type = storage::kNoSymbol;
    Symbol relation = storage::kNoSymbol;
    Traits concrete;
    Traits wildcard;
    uint32_t first = 0;  // landings
    uint32_t count = 0;
  };
  // The relationships that name the object of a place as their subject.
  struct Step {
    Pc from = kNilPc;
    Symbol subject_relation = storage::kNoSymbol;
    Symbol resource_type = storage::kNoSymbol;
    Symbol relation = storage::kNoSymbol;
    Traits traits;
    uint32_t first = 0;
    uint32_t count = 0;
  };

  // `goal`: an operation of `forward` on objects of type `type`, not kNilPc.
  // Linear in the part of the program that the goal uses, times the depth of
  // its expressions. Nothing is kept of `forward`.
  ReverseProgram(const SubjectPrograms& forward, Pc goal, Symbol type);

  Pc goal() const { return goal_; }
  std::span<const Entry> entries() const { return entries_; }
  // Of a subject's own object, without any relationship.
  std::span<const Landing> identity() const { return identity_; }
  // The steps from places of an operation.
  std::span<const Step> steps(Pc from) const;
  template <typename From>  // Entry or Step
  std::span<const Landing> landings(const From& from) const {
    return {landings_.data() + from.first, from.count};
  }
  // Whether the goal is all that is landed on and nothing leads on from it.
  static bool AtEnd(std::span<const Landing> landings) {
    return landings.size() == 1 && !landings.front().leads_on;
  }

 private:
  friend class ReverseCompiler;

  Pc goal_;
  std::vector<Entry> entries_;
  std::vector<Step> steps_;  // by `from`
  std::vector<Landing> landings_;
  std::vector<Landing> identity_;
};

}  // namespace kith::engine
