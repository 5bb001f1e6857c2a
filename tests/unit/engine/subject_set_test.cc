#include "engine/subject_set.h"

#include <random>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "support/seed.h"

namespace kith::engine {
namespace {

using Member = SubjectSet::Member;

constexpr Value kValues[] = {Value::kFalse, Value::kUnknown, Value::kTrue};
constexpr SubjectId kSubjects = 6;  // the last is never mentioned

// A set as a plain table: the definition that SubjectSet is compared with.
struct Table {
  Value values[kSubjects] = {};
  bool named[kSubjects] = {};
};

bool IsNamed(const SubjectSet& set, SubjectId subject) {
  for (const Member& member : set.members()) {
    if (member.subject == subject) return member.named;
  }
  return false;
}

void ExpectIs(const SubjectSet& set, const Table& table) {
  EXPECT_EQ(set.others(), table.values[kSubjects - 1]);
  SubjectId after = 0;
  for (const Member& member : set.members()) {
    EXPECT_GE(member.subject, after) << "members are sorted, each once";
    after = member.subject + 1;
    EXPECT_TRUE(member.named || member.value != set.others());
    EXPECT_TRUE(!member.named || member.value != Value::kFalse);
  }
  for (SubjectId s = 0; s < kSubjects; ++s) {
    EXPECT_EQ(set.At(s), table.values[s]) << s;
    EXPECT_EQ(IsNamed(set, s), table.named[s]) << s;
  }
}

class RandomSets {
 public:
  explicit RandomSets(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }

  std::pair<SubjectSet, Table> Next() {
    Table table;
    const Value others = kValues[Below(3)];
    for (Value& value : table.values) value = others;
    std::vector<Member> members;
    for (SubjectId s = 0; s + 1 < kSubjects; ++s) {
      if (Below(2) == 0) continue;
      const Member member{s, kValues[Below(3)], Below(2) == 0};
      members.insert(members.begin() + Below(members.size() + 1), member);
      table.values[s] = member.value;
      table.named[s] = member.named && member.value != Value::kFalse;
    }
    return {SubjectSet(others, std::move(members)), table};
  }

 private:
  std::mt19937_64 random_;
};

TEST(SubjectSetTest, OperationsArePointwise) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RandomSets random(seed);
  for (int round = 0; round < 20'000 && !testing::Test::HasFailure(); ++round) {
    const auto [a, in_a] = random.Next();
    // Often the same set, so that shared memory is met.
    const auto [b, in_b] =
        random.Below(4) == 0 ? std::pair(a, in_a) : random.Next();
    ExpectIs(a, in_a);
    Table either, both, less;
    for (SubjectId s = 0; s < kSubjects; ++s) {
      const bool named = in_a.named[s] || in_b.named[s];
      either.values[s] = Or(in_a.values[s], in_b.values[s]);
      either.named[s] = named;
      both.values[s] = And(in_a.values[s], in_b.values[s]);
      both.named[s] = named && both.values[s] != Value::kFalse;
      less.values[s] = Minus(in_a.values[s], in_b.values[s]);
      less.named[s] = in_a.named[s] && less.values[s] != Value::kFalse;
    }
    ExpectIs(Or(a, b), either);
    ExpectIs(And(a, b), both);
    ExpectIs(Minus(a, b), less);
  }
}

TEST(SubjectSetTest, EqualityIsThatOfTheFunctions) {
  RandomSets random(7);
  for (int round = 0; round < 2'000; ++round) {
    const auto [a, in_a] = random.Next();
    const auto [b, in_b] = random.Next();
    bool same = true;
    for (SubjectId s = 0; s < kSubjects; ++s) {
      same = same && in_a.values[s] == in_b.values[s] &&
             in_a.named[s] == in_b.named[s];
    }
    EXPECT_EQ(a == b, same);
    EXPECT_EQ(a, Or(a, SubjectSet(Value::kFalse)));
  }
}

TEST(SubjectSetTest, WhatNothingIsAddedToIsShared) {
  const SubjectSet set(Value::kFalse, {{1, Value::kTrue, true}});
  EXPECT_TRUE(Or(set, SubjectSet()).SharesMembers(set));
  EXPECT_TRUE(Or(SubjectSet(), set).SharesMembers(set));
  EXPECT_TRUE(Or(set, set).SharesMembers(set));
  EXPECT_TRUE(And(set, SubjectSet(Value::kTrue)).SharesMembers(set));
  EXPECT_TRUE(Minus(set, SubjectSet()).SharesMembers(set));
  EXPECT_FALSE(Or(set, SubjectSet(Value::kTrue)).SharesMembers(set));
}

// Whatever a cut or a cap makes of a set must hold for every subject.
TEST(SubjectSetTest, ConstantsActOnEverySubject) {
  const SubjectSet set(Value::kTrue, {{1, Value::kFalse, false},
                                      {2, Value::kUnknown, true},
                                      {3, Value::kTrue, true}});
  const SubjectSet capped = And(set, SubjectSet(Value::kUnknown));
  EXPECT_EQ(capped.others(), Value::kUnknown);
  EXPECT_EQ(capped.At(1), Value::kFalse);
  EXPECT_EQ(capped.At(2), Value::kUnknown);
  EXPECT_EQ(capped.At(3), Value::kUnknown);
  EXPECT_TRUE(IsNamed(capped, 3));
  EXPECT_EQ(And(set, SubjectSet()), SubjectSet());
  EXPECT_EQ(Minus(set, SubjectSet(Value::kTrue)), SubjectSet());
}

}  // namespace
}  // namespace kith::engine
