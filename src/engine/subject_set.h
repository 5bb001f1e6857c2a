#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/value.h"

namespace kith::engine {

// A subject of the kind that an evaluation looks up, numbered from 0.
using SubjectId = uint32_t;

// A set of subjects as a total function from subject to value: one value for
// every subject that is not mentioned (more than false through wildcards only)
// and finitely many that are. Union, intersection and exclusion are those of
// values (value.h), subject by subject, so that nothing about wildcards and
// exceptions needs a rule of its own.
//
// A mentioned subject is `named` when relationships that name it, and not a
// wildcard alone, have part in its being there: such subjects are listed beside
// the wildcard. Only a subject whose value is more than false is named.
//
// Immutable and cheap to copy: sets that are equal to an operand share its
// memory.
class SubjectSet {
 public:
  struct Member {
    SubjectId subject = 0;
    Value value = Value::kFalse;
    bool named = false;
    friend bool operator==(const Member&, const Member&) = default;
  };

  SubjectSet() = default;  // no one
  // The same value for every subject.
  explicit SubjectSet(Value value) : others_(value) {}
  // `members`: each subject once, in any order.
  SubjectSet(Value others, std::vector<Member> members);

  // Of every subject that is not among the members.
  Value others() const { return others_; }
  // By subject; each is named or differs from others().
  std::span<const Member> members() const {
    return members_ ? std::span<const Member>(*members_)
                    : std::span<const Member>();
  }
  size_t size() const { return members().size(); }
  Value At(SubjectId subject) const;

  bool SharesMembers(const SubjectSet& other) const {
    return members_ == other.members_;
  }
  friend bool operator==(const SubjectSet& a, const SubjectSet& b);

  // Are they the same function, whoever is named?
  friend bool SameValues(const SubjectSet& a, const SubjectSet& b);
  // The members that were merged to make a set of two.
  friend uint64_t WorkOf(const SubjectSet& made, const SubjectSet& a,
                         const SubjectSet& b);

  friend SubjectSet Or(const SubjectSet& a, const SubjectSet& b);
  friend SubjectSet And(const SubjectSet& a, const SubjectSet& b);
  friend SubjectSet Minus(const SubjectSet& base, const SubjectSet& subtracted);

 private:
  template <typename Operation>
  static SubjectSet Pointwise(const SubjectSet& a, const SubjectSet& b,
                              Operation operation);
  bool IsConstant(Value value) const {
    return others_ == value && members_ == nullptr;
  }
  // Takes members by subject, each as the class wants it.
  void Adopt(std::vector<Member> members);

  Value others_ = Value::kFalse;
  std::shared_ptr<const std::vector<Member>> members_;  // null: none
};

}  // namespace kith::engine
