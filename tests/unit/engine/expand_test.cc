#include <string>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

using ::testing::HasSubstr;

class ExpandTest : public EngineTest {
 protected:
  std::string Draw(std::string_view type, std::string_view id,
                   std::string_view permission) {
    const auto tree = Expand(evaluation_, ObjectRef(type, id), permission);
    return tree.ok() ? Draw(*tree) : std::string(tree.status().message());
  }

  static std::string Draw(const ExpandTree& tree) {
    std::string out =
        fmt::format("{}#{}", tree.object.ToString(), tree.relation);
    if (tree.kind == ExpandTree::Kind::kLeaf) {
      std::string subjects;
      for (const SubjectRef& subject : tree.subjects) {
        subjects += (subjects.empty() ? "" : " ") + subject.ToString();
      }
      return fmt::format("{}[{}]", out, subjects);
    }
    constexpr std::string_view kSigns[] = {"", "+", "&", "-"};
    out += kSigns[static_cast<size_t>(tree.kind)];
    out += "(";
    for (const ExpandTree& child : tree.children) {
      if (&child != &tree.children.front()) out += ", ";
      out += Draw(child);
    }
    return out + ")";
  }
};

constexpr char kSchema[] = R"(
definition user {}
definition group { relation member: user | group#member }
definition folder {
  relation parent: folder
  relation viewer: user | group#member
  permission view = viewer + parent->view
}
definition document {
  relation folder: folder
  relation viewer: user | user:*
  relation banned: user
  permission view = (viewer & folder->view) - banned
  permission look = view
  permission nobody = nil
  permission loop = viewer + loop
}
)";

TEST_F(ExpandTest, FollowsOperationsAndLeavesSubjectSetsUnopened) {
  Load(kSchema, {"document:d#viewer@user:anne", "document:d#viewer@user:*",
                 "document:d#folder@folder:f", "document:d#banned@user:bob",
                 "folder:f#viewer@group:eng#member",
                 "folder:f#viewer@user:carl", "group:eng#member@user:dora"});
  const std::string viewers = Draw("document", "d", "viewer");
  EXPECT_THAT(viewers, HasSubstr("user:anne"));
  EXPECT_THAT(viewers, HasSubstr("user:*"));
  EXPECT_EQ(Draw("folder", "f", "viewer"),
            "folder:f#viewer[user:carl group:eng#member]");
  EXPECT_EQ(Draw("document", "d", "view"),
            "document:d#view-(document:d#view&(" + viewers +
                ", document:d#view+(folder:f#view+(folder:f#viewer[user:carl "
                "group:eng#member], folder:f#view+()))), "
                "document:d#banned[user:bob])");
  EXPECT_EQ(Draw("document", "none", "look"),
            "document:none#look+(document:none#view-(document:none#view&("
            "document:none#viewer[], document:none#view+()), "
            "document:none#banned[]))");
  EXPECT_EQ(Draw("document", "d", "nobody"),
            "document:d#nobody+(document:d#nobody[])");
}

TEST_F(ExpandTest, ConditionsAreShownAsIfTheyHeld) {
  Load(R"(
caveat never(x int) { x > 1 && x < 1 }
definition user {}
definition folder { relation viewer: user with never }
definition document {
  relation folder: folder with never
  permission view = folder->viewer
}
)",
       {"document:d#folder@folder:f[never:{\"x\":1}]",
        "folder:f#viewer@user:anne[never]", "folder:f#viewer@user:bob"});
  EXPECT_EQ(Draw("document", "d", "view"),
            "document:d#view+(document:d#view+(folder:f#viewer[user:anne]))");
}

TEST_F(ExpandTest, CyclesEndInAnError) {
  Load(kSchema, {"folder:a#parent@folder:b", "folder:b#parent@folder:a"});
  EXPECT_THAT(Draw("folder", "a", "view"), HasSubstr("cycle"));
  EXPECT_THAT(Draw("document", "d", "loop"), HasSubstr("cycle"));
}

TEST_F(ExpandTest, BranchingCyclesEndAtTheNodeLimit) {
  Load(kSchema, {"folder:a#parent@folder:a", "folder:a#parent@folder:b",
                 "folder:b#parent@folder:a", "folder:b#parent@folder:b"});
  evaluation_.max_expand_nodes = 1000;
  evaluation_.max_depth = 1'000'000;
  EXPECT_THAT(Draw("folder", "a", "view"), HasSubstr("more than 1000"));
}

}  // namespace
}  // namespace kith::engine
