#include "differential/tree_form.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <vector>

namespace kith::differential {
namespace {

using Kind = ExpandTree::Kind;

// A union: subjects, and forms of other operations.
struct Union {
  std::set<std::string> subjects;
  std::set<std::string> operations;
};

std::string FormOf(const Union& all) {
  if (all.subjects.empty() && all.operations.size() == 1) {
    return *all.operations.begin();
  }
  std::string text = fmt::format("{{{}}}", fmt::join(all.subjects, ", "));
  for (const std::string& one : all.operations) text += " + " + one;
  return all.operations.empty() ? text : "(" + text + ")";
}

void AddTo(const ExpandTree& tree, Union* all) {
  if (tree.kind == Kind::kLeaf) {
    for (const SubjectRef& one : tree.subjects) {
      all->subjects.insert(one.ToString());
    }
    return;
  }
  if (tree.kind == Kind::kUnion || tree.children.size() <= 1) {
    for (const ExpandTree& child : tree.children) AddTo(child, all);
    return;
  }
  const std::string form = TreeForm(tree);
  if (form != "{}") all->operations.insert(form);
}

}  // namespace

std::string TreeForm(const ExpandTree& tree) {
  Union all;
  if (tree.kind == Kind::kLeaf || tree.kind == Kind::kUnion ||
      tree.children.size() <= 1) {
    AddTo(tree, &all);
    return FormOf(all);
  }
  std::vector<std::string> operands;
  for (const ExpandTree& child : tree.children) {
    operands.push_back(TreeForm(child));
  }
  if (tree.kind == Kind::kExclusion) {
    return fmt::format("({})", fmt::join(operands, " - "));
  }
  const std::set<std::string> sorted(operands.begin(), operands.end());
  if (sorted.size() == 1) return *sorted.begin();
  return fmt::format("({})", fmt::join(sorted, " & "));
}

}  // namespace kith::differential
