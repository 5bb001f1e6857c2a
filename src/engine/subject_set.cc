#include "engine/subject_set.h"

#include <algorithm>
#include <utility>

#include "base/seeded_bug.h"

namespace kith::engine {
namespace {

using Member = SubjectSet::Member;

// What a set says of one subject.
struct Point {
  Value value;
  bool named;
};

Point PointOf(const Member& member) { return {member.value, member.named}; }

}  // namespace

SubjectSet::SubjectSet(Value others, std::vector<Member> members)
    : others_(others) {
  if (!std::ranges::is_sorted(members, {}, &Member::subject)) {
    std::ranges::sort(members, {}, &Member::subject);
  }
  for (Member& member : members) {
    member.named = member.named && member.value > Value::kFalse;
  }
  std::erase_if(members, [&](const Member& member) {
    return !member.named && member.value == others_;
  });
  Adopt(std::move(members));
}

void SubjectSet::Adopt(std::vector<Member> members) {
  if (members.empty()) return;
  members_ = std::make_shared<const std::vector<Member>>(std::move(members));
}

Value SubjectSet::At(SubjectId subject) const {
  const auto all = members();
  const auto it = std::ranges::lower_bound(all, subject, {}, &Member::subject);
  return it != all.end() && it->subject == subject ? it->value : others_;
}

bool operator==(const SubjectSet& a, const SubjectSet& b) {
  return a.others_ == b.others_ &&
         (a.members_ == b.members_ ||
          std::ranges::equal(a.members(), b.members()));
}

bool SameValues(const SubjectSet& a, const SubjectSet& b) {
  const auto same_at = [&](const Member& member) {
    return a.At(member.subject) == b.At(member.subject);
  };
  return a == b ||
         (a.others_ == b.others_ && std::ranges::all_of(a.members(), same_at) &&
          std::ranges::all_of(b.members(), same_at));
}

uint64_t WorkOf(const SubjectSet& made, const SubjectSet& a,
                const SubjectSet& b) {
  const bool shared =
      made.size() > 0 && (made.SharesMembers(a) || made.SharesMembers(b));
  return shared ? 0 : a.size() + b.size();
}

// `operation` says what the result is at a subject, of both operands there.
template <typename Operation>
SubjectSet SubjectSet::Pointwise(const SubjectSet& a, const SubjectSet& b,
                                 Operation operation) {
  const Point others_a{a.others_, false};
  const Point others_b{b.others_, false};
  SubjectSet result(operation(others_a, others_b).value);
  std::vector<Member> members;
  members.reserve(std::max(a.size(), b.size()));
  const auto add = [&](SubjectId subject, Point in_a, Point in_b) {
    Point point = operation(in_a, in_b);
    point.named = point.named && point.value > Value::kFalse;
    if (point.named || point.value != result.others_) {
      members.push_back({subject, point.value, point.named});
    }
  };
  auto at_a = a.members().begin();
  auto at_b = b.members().begin();
  const auto end_a = a.members().end();
  const auto end_b = b.members().end();
  while (at_a != end_a || at_b != end_b) {
    if (at_b == end_b || (at_a != end_a && at_a->subject < at_b->subject)) {
      add(at_a->subject, PointOf(*at_a), others_b);
      ++at_a;
    } else if (at_a == end_a || at_b->subject < at_a->subject) {
      add(at_b->subject, others_a, PointOf(*at_b));
      ++at_b;
    } else {
      add(at_a->subject, PointOf(*at_a), PointOf(*at_b));
      ++at_a;
      ++at_b;
    }
  }
  result.Adopt(std::move(members));
  return result;
}

SubjectSet Or(const SubjectSet& a, const SubjectSet& b) {
  if (a.IsConstant(Value::kFalse) || (a.SharesMembers(b) && a == b)) return b;
  if (b.IsConstant(Value::kFalse)) return a;
  return SubjectSet::Pointwise(a, b, [](Point x, Point y) {
    return Point{Or(x.value, y.value), x.named || y.named};
  });
}

SubjectSet And(const SubjectSet& a, const SubjectSet& b) {
  if (a.IsConstant(Value::kTrue) || (a.SharesMembers(b) && a == b)) return b;
  if (b.IsConstant(Value::kTrue)) return a;
  return SubjectSet::Pointwise(a, b, [](Point x, Point y) {
    return Point{And(x.value, y.value), x.named || y.named};
  });
}

SubjectSet Minus(const SubjectSet& base, const SubjectSet& subtracted) {
  if (subtracted.IsConstant(Value::kFalse)) return base;
  return SubjectSet::Pointwise(base, subtracted, [](Point x, Point y) {
    if (y.named && IsSeeded(SeededBug::kExcludedSubjectListed)) return x;
    return Point{Minus(x.value, y.value), x.named};
  });
}

}  // namespace kith::engine
