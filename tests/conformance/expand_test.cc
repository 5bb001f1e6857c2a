#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "conformance/conformance.h"

// Why a permission holds: the tree of each object and permission, worked out
// for each subject, must be what a check says. A tree says nothing of
// conditions, so that files with conditional relationships are left out.

namespace kith::conformance {
namespace {

using Kind = ExpandTree::Kind;

// Atoms of which a tree is made: does the subject have the set?
using HasSet = std::function<bool(const SubjectRef& set)>;

bool LeafHas(const ExpandTree& leaf, const SubjectRef& subject,
             const HasSet& has_set) {
  return std::any_of(leaf.subjects.begin(), leaf.subjects.end(),
                     [&](const SubjectRef& one) {
                       if (one == subject) return true;
                       if (one.is_wildcard()) {
                         return subject.relation.empty() &&
                                one.object.type == subject.object.type;
                       }
                       return !one.relation.empty() && has_set(one);
                     });
}

bool TreeHas(const ExpandTree& tree, const SubjectRef& subject,
             const HasSet& has_set) {
  const auto has = [&](const ExpandTree& child) {
    return TreeHas(child, subject, has_set);
  };
  // A set is a member of itself.
  if (!subject.relation.empty() && tree.object == subject.object &&
      tree.relation == subject.relation) {
    return true;
  }
  const auto& children = tree.children;
  switch (tree.kind) {
    case Kind::kLeaf:
      return LeafHas(tree, subject, has_set);
    case Kind::kUnion:
      return std::any_of(children.begin(), children.end(), has);
    case Kind::kIntersection:
      return !children.empty() &&
             std::all_of(children.begin(), children.end(), has);
    case Kind::kExclusion:
      return !children.empty() && has(children.front()) &&
             std::none_of(children.begin() + 1, children.end(), has);
  }
  return false;
}

bool AnyConditional(const Loaded& loaded) {
  return std::any_of(loaded.relationships.begin(), loaded.relationships.end(),
                     [](const Relationship& one) { return one.caveat; });
}

TEST_P(ConformanceTest, TreesAreWhatChecksSay) {
  size_t trees = 0;
  size_t compared = 0;
  ForEachFile([&](const Loaded& loaded) {
    if (AnyConditional(loaded)) return;
    const std::vector<SubjectRef> subjects(loaded.subjects.begin(),
                                           loaded.subjects.end());
    // What each subject has, by atom.
    std::map<SubjectRef, std::vector<bool>> has;
    for (const auto& [type, ids] : loaded.ids) {
      for (const std::string& id : ids) {
        for (const std::string& name : loaded.names.at(type)) {
          std::vector<CheckItem> items;
          for (const SubjectRef& subject : subjects) {
            items.push_back({ObjectRef(type, id), name, subject, {}});
          }
          auto& row = has[SubjectRef(ObjectRef(type, id), name)];
          for (const auto& answer : CheckAll(items)) {
            row.push_back(answer.ok() && answer->has_permission());
            EXPECT_TRUE(answer.ok()) << answer.status();
          }
        }
      }
    }
    for (const auto& [atom, row] : has) {
      SCOPED_TRACE(atom.ToString());
      const auto expanded =
          db().Expand({.resource = atom.object, .permission = atom.relation});
      ASSERT_TRUE(expanded.ok()) << expanded.status();
      ++trees;
      for (size_t i = 0; i < subjects.size(); ++i) {
        const bool tree_has = TreeHas(
            expanded->tree, subjects[i],
            [&, i](const SubjectRef& set) { return bool(has.at(set)[i]); });
        EXPECT_EQ(tree_has, row[i]) << subjects[i].ToString();
        ++compared;
      }
    }
  });
  EXPECT_GT(trees, 0u);
  std::printf("%zu trees, %zu subjects in or out of them\n", trees, compared);
}

}  // namespace
}  // namespace kith::conformance
