#include "tools/kith/expand_tree.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_replace.h"

namespace kith::tool {
namespace {

ExpandTree Leaf(const char* object, const char* relation,
                std::vector<SubjectRef> subjects) {
  ExpandTree tree;
  tree.object = object;
  tree.relation = relation;
  tree.subjects = std::move(subjects);
  return tree;
}

ExpandTree Operation(ExpandTree::Kind kind, const char* object,
                     const char* relation, std::vector<ExpandTree> children) {
  ExpandTree tree;
  tree.kind = kind;
  tree.object = object;
  tree.relation = relation;
  tree.children = std::move(children);
  return tree;
}

ExpandTree Sample() {
  return Operation(
      ExpandTree::Kind::kUnion, "document:readme", "view",
      {Operation(
           ExpandTree::Kind::kExclusion, "document:readme", "view",
           {Leaf("document:readme", "viewer", {"user:anne", "team:eng#member"}),
            Leaf("document:readme", "banned", {})}),
       Operation(ExpandTree::Kind::kIntersection, "document:readme", "view",
                 {Leaf("folder:top", "viewer", {"user:*"}),
                  Leaf("document:readme", "open", {"user:*"})})});
}

// A drawing in ASCII with its lines replaced by box-drawing characters.
std::string Boxed(const std::string& ascii) {
  return absl::StrReplaceAll(ascii, {{"|-- ", "\u251c\u2500\u2500 "},
                                     {"`-- ", "\u2514\u2500\u2500 "},
                                     {"|   ", "\u2502   "}});
}

TEST(ExpandTreeTest, DrawnWithBoxCharacters) {
  EXPECT_EQ(DrawExpandTree(Sample(), true),
            Boxed("document:readme#view (union)\n"
                  "|-- document:readme#view (exclusion)\n"
                  "|   |-- document:readme#viewer\n"
                  "|   |   |-- user:anne\n"
                  "|   |   `-- team:eng#member\n"
                  "|   `-- minus document:readme#banned (no subjects)\n"
                  "`-- document:readme#view (intersection)\n"
                  "    |-- folder:top#viewer\n"
                  "    |   `-- user:*\n"
                  "    `-- document:readme#open\n"
                  "        `-- user:*\n"));
}

TEST(ExpandTreeTest, DrawnInAscii) {
  EXPECT_EQ(DrawExpandTree(Sample().children[0], false),
            "document:readme#view (exclusion)\n"
            "|-- document:readme#viewer\n"
            "|   |-- user:anne\n"
            "|   `-- team:eng#member\n"
            "`-- minus document:readme#banned (no subjects)\n");
}

TEST(ExpandTreeTest, JsonHasTheSameShape) {
  const Json json = JsonOf(Sample());
  EXPECT_EQ(json["kind"], "union");
  EXPECT_EQ(json["children"][0]["kind"], "exclusion");
  EXPECT_EQ(json["children"][0]["children"][0]["subjects"][1],
            (Json{{"type", "team"}, {"id", "eng"}, {"relation", "member"}}));
}

}  // namespace
}  // namespace kith::tool
