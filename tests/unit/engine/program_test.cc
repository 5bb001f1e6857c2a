#include "engine/program.h"

#include <map>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "schema/schema.h"

namespace kith::engine {
namespace {

constexpr char kSchema[] = R"(
definition user {}
definition robot {}
definition group { relation member: user | group#member }
definition folder {
  relation parent: folder
  relation viewer: user | group#member
  relation keeper: robot
  permission view = viewer + parent->view
  permission keep = keeper
  permission both = view & keep
  permission alias_one = alias_two
  permission alias_two = view
  permission without = view - keep
}
)";

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto schema = schema::Compile(kSchema);
    ASSERT_TRUE(schema.ok()) << schema.status();
    auto compiled = CompiledSchema::Make(
        *schema, [this](std::string_view name) -> std::optional<Symbol> {
          return symbols_
              .emplace(name, static_cast<Symbol>(symbols_.size() + 1))
              .first->second;
        });
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    compiled_ = *compiled;
  }

  Pc Root(const SubjectPrograms& programs, std::string_view type,
          std::string_view name) {
    return programs.root(*compiled_->programs().FindSlot(
        compiled_->programs().symbol(type), name));
  }
  std::shared_ptr<const SubjectPrograms> For(std::string_view type,
                                             std::string_view relation = "") {
    Programs& all = compiled_->programs();
    return all.For({all.symbol(type), relation.empty() ? storage::kNoSymbol
                                                       : all.symbol(relation)});
  }

  std::map<std::string, Symbol, std::less<>> symbols_;
  std::shared_ptr<const CompiledSchema> compiled_;
};

TEST_F(ProgramTest, PrunesWhatCannotReachTheSubject) {
  const auto user = For("user");
  EXPECT_EQ(Root(*user, "folder", "keep"), kNilPc);
  EXPECT_EQ(Root(*user, "folder", "keeper"), kNilPc);
  EXPECT_EQ(Root(*user, "folder", "both"), kNilPc);
  EXPECT_NE(Root(*user, "folder", "view"), kNilPc);
  // Nothing to subtract: the exclusion is its base.
  EXPECT_EQ(Root(*user, "folder", "without"), Root(*user, "folder", "view"));
  const auto robot = For("robot");
  EXPECT_EQ(Root(*robot, "folder", "view"), kNilPc);
  EXPECT_EQ(Root(*robot, "folder", "without"), kNilPc);
  EXPECT_EQ(robot->op(Root(*robot, "folder", "keep")).kind, Op::Kind::kDirect);
}

TEST_F(ProgramTest, AliasesShareOneOperation) {
  const auto user = For("user");
  EXPECT_EQ(Root(*user, "folder", "alias_one"), Root(*user, "folder", "view"));
  EXPECT_EQ(Root(*user, "folder", "alias_two"), Root(*user, "folder", "view"));
}

TEST_F(ProgramTest, ASubjectSetIsAMemberOfItself) {
  const auto view = For("folder", "view");
  const Op& root = view->op(Root(*view, "folder", "view"));
  ASSERT_EQ(root.kind, Op::Kind::kOr);
  EXPECT_EQ(view->op(view->children(root)[0]).kind, Op::Kind::kIdentity);
  EXPECT_EQ(Root(*view, "folder", "viewer"), kNilPc);
}

TEST_F(ProgramTest, ProgramsAreCompiledOnce) {
  EXPECT_EQ(For("user"), For("user"));
  EXPECT_NE(For("user"), For("group", "member"));
}

}  // namespace
}  // namespace kith::engine
