#include <string>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "kith/errors.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kDrive[] = R"(
use expiration
use self
definition user {
  relation manager: user
  permission boss = manager + self
}
definition group {
  relation member: user | group#member | user with expiration
}
definition folder {
  relation parent: folder
  relation viewer: user | user:* | group#member
  relation banned: user | user:* | group#member
  permission view = (viewer + parent->view) - banned
  permission strict = parent.all(view)
}
definition document {
  relation folder: folder
  relation viewer: user | group#member
  relation signed: user
  permission view = viewer + folder->view
  permission read = view & signed
  permission self_less = view - view
  permission nobody = nil
}
)";

class CheckTest : public EngineTest {};

TEST_F(CheckTest, DirectUsersetAndArrowAreFollowed) {
  Load(kDrive,
       {"document:readme#viewer@user:anne",
        "document:readme#viewer@group:eng#member",
        "document:readme#folder@folder:docs", "folder:docs#parent@folder:root",
        "folder:root#viewer@user:carl", "group:eng#member@user:bob",
        "group:eng#member@group:core#member", "group:core#member@user:dora"});
  EXPECT_EQ(Ask("document:readme#view@user:anne"), "yes");
  EXPECT_EQ(Ask("document:readme#view@user:bob"), "yes");
  EXPECT_EQ(Ask("document:readme#view@user:carl"), "yes");
  EXPECT_EQ(Ask("document:readme#view@user:dora"), "yes");
  EXPECT_EQ(Ask("document:readme#view@user:emil"), "no");
  EXPECT_EQ(Ask("document:other#view@user:anne"), "no");
  EXPECT_EQ(Ask("document:readme#viewer@user:carl"), "no");
}

TEST_F(CheckTest, UsersetsAreSubjects) {
  Load(kDrive, {"document:readme#viewer@group:eng#member",
                "group:eng#member@group:core#member"});
  EXPECT_EQ(Ask("document:readme#view@group:eng#member"), "yes");
  EXPECT_EQ(Ask("document:readme#view@group:core#member"), "yes");
  EXPECT_EQ(Ask("document:readme#view@group:other#member"), "no");
  EXPECT_EQ(Ask("document:readme#view@document:readme#view"), "yes");
  EXPECT_EQ(Ask("document:readme#view@document:readme#viewer"), "yes");
  EXPECT_EQ(Ask("document:readme#viewer@document:readme#view"), "no");
  EXPECT_EQ(Ask("document:readme#view@group:eng"), "no");
}

TEST_F(CheckTest, WildcardGrantsAndBansEveryObjectButNoSubjectSet) {
  Load(kDrive, {"folder:open#viewer@user:*", "folder:shut#viewer@user:anne",
                "folder:shut#banned@user:*", "folder:most#viewer@user:*",
                "folder:most#banned@user:tom"});
  EXPECT_EQ(Ask("folder:open#view@user:never_seen"), "yes");
  EXPECT_EQ(Ask("folder:open#view@group:eng#member"), "no");
  EXPECT_EQ(Ask("folder:shut#view@user:anne"), "no");
  EXPECT_EQ(Ask("folder:most#view@user:anne"), "yes");
  EXPECT_EQ(Ask("folder:most#view@user:tom"), "no");
  EXPECT_THAT(Ask("folder:open#view@user:*"), HasSubstr("wildcard"));
}

TEST_F(CheckTest, IntersectionNeedsEveryOperand) {
  Load(kDrive,
       {"document:readme#viewer@group:eng#member", "group:eng#member@user:anne",
        "group:eng#member@user:bob", "document:readme#signed@user:anne",
        "document:readme#signed@user:carl"});
  EXPECT_EQ(Ask("document:readme#read@user:anne"), "yes");
  EXPECT_EQ(Ask("document:readme#read@user:bob"), "no");
  EXPECT_EQ(Ask("document:readme#read@user:carl"), "no");
}

TEST_F(CheckTest, ExclusionWaitsForItsWholeSubtractedSide) {
  Load(kDrive,
       {"folder:docs#viewer@group:eng#member",
        "folder:docs#banned@group:out#member",
        "group:out#member@group:deep#member", "group:deep#member@user:bob",
        "group:eng#member@user:anne", "group:eng#member@user:bob",
        "folder:docs#parent@folder:root", "folder:root#viewer@user:carl",
        "document:readme#folder@folder:docs"});
  EXPECT_EQ(Ask("folder:docs#view@user:anne"), "yes");
  EXPECT_EQ(Ask("folder:docs#view@user:bob"), "no");
  EXPECT_EQ(Ask("document:readme#view@user:bob"), "no");
  EXPECT_EQ(Ask("document:readme#view@user:carl"), "yes");
  EXPECT_EQ(Ask("document:readme#self_less@user:carl"), "no");
  EXPECT_EQ(Ask("document:readme#nobody@user:carl"), "no");
}

// A group that both grants and bans is met by the banned side while the
// granting side still has it open.
TEST_F(CheckTest, SubtractedSideMayMeetWhatTheBaseIsStillExploring) {
  Load(kDrive,
       {"folder:docs#viewer@user:anne", "folder:docs#parent@folder:root",
        "folder:root#viewer@group:big#member",
        "folder:docs#banned@group:mid#member",
        "group:mid#member@group:big#member",
        "group:big#member@group:mid#member", "group:big#member@user:bob"});
  EXPECT_EQ(Ask("folder:docs#view@user:anne"), "yes");
  EXPECT_EQ(Ask("folder:docs#view@user:bob"), "no");
  EXPECT_EQ(Ask("folder:root#view@user:bob"), "yes");
}

TEST_F(CheckTest, ArrowAllNeedsOneAndEveryObject) {
  Load(kDrive, {"folder:two#parent@folder:a", "folder:two#parent@folder:b",
                "folder:a#viewer@user:anne", "folder:b#viewer@user:anne",
                "folder:a#viewer@user:bob"});
  EXPECT_EQ(Ask("folder:two#strict@user:anne"), "yes");
  EXPECT_EQ(Ask("folder:two#strict@user:bob"), "no");
  EXPECT_EQ(Ask("folder:none#strict@user:anne"), "no");
}

TEST_F(CheckTest, SelfIsTheObjectItself) {
  Load(kDrive, {"user:anne#manager@user:bob"});
  EXPECT_EQ(Ask("user:anne#boss@user:anne"), "yes");
  EXPECT_EQ(Ask("user:anne#boss@user:bob"), "yes");
  EXPECT_EQ(Ask("user:bob#boss@user:anne"), "no");
}

TEST_F(CheckTest, ExpiredRelationshipsAreNotThere) {
  Load(kDrive, {"group:old#member@user:anne[expiration:2023-11-14T22:13:20Z]",
                "group:new#member@user:anne[expiration:2023-11-14T22:13:21Z]"});
  EXPECT_EQ(Ask("group:old#member@user:anne"), "no");
  EXPECT_EQ(Ask("group:new#member@user:anne"), "yes");
}

TEST_F(CheckTest, CyclesInTheDataHaveTheirLeastFixpoint) {
  std::vector<std::string> rows = {"group:g17#member@user:anne"};
  for (int i = 0; i < 40; ++i) {
    rows.push_back(
        fmt::format("group:g{}#member@group:g{}#member", i, (i + 1) % 40));
  }
  Load(kDrive, rows);
  for (const int i : {0, 17, 18, 39}) {
    EXPECT_EQ(Ask(fmt::format("group:g{}#member@user:anne", i)), "yes") << i;
    EXPECT_EQ(Ask(fmt::format("group:g{}#member@user:bob", i)), "no") << i;
  }
}

TEST_F(CheckTest, DepthIsAnErrorAndNeverANo) {
  std::vector<std::string> rows;
  for (int i = 0; i < 60; ++i) {
    rows.push_back(fmt::format("folder:f{}#parent@folder:f{}", i, i + 1));
  }
  rows.emplace_back("folder:f50#viewer@user:anne");
  rows.emplace_back("folder:f51#viewer@user:bob");
  rows.emplace_back("folder:f51#banned@user:carl");
  rows.emplace_back("folder:f20#banned@user:dora");
  Load(kDrive, rows);
  EXPECT_EQ(Ask("folder:f0#view@user:anne"), "yes");
  EXPECT_THAT(Ask("folder:f0#view@user:bob"),
              HasSubstr("maximum depth of 50 hops before it was decided: "
                        "folder:f0 -> folder:f1 -> folder:f2 -> ... -> "
                        "folder:f50 -> folder:f51"));
  EXPECT_THAT(Ask("folder:f0#view@user:emil"), HasSubstr("maximum depth"));
  EXPECT_EQ(Ask("folder:f1#view@user:bob"), "yes");
  // Whatever lies beyond the depth, folder 20 lets nothing of it through.
  EXPECT_EQ(Ask("folder:f0#view@user:dora"), "no");
  const auto parsed = Relationship::Parse("folder:f0#view@user:bob");
  CheckBatch batch(evaluation_);
  const auto answer =
      batch.Check(parsed->resource, parsed->relation, parsed->subject);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetErrorInfo(answer.status())->reason,
            ErrorReason::kMaximumDepthExceeded);
}

constexpr char kParadox[] = R"(
definition user {}
definition room {
  relation invited: user
  relation rival: room
  relation open: user
  permission enter = (invited - rival->enter) + open
}
)";

TEST_F(CheckTest, RecursionThroughExclusionIsAnErrorOnlyWhereItMatters) {
  Load(kParadox, {"room:a#invited@user:anne", "room:a#rival@room:b",
                  "room:b#invited@user:anne", "room:b#rival@room:a",
                  // c lets bob in whatever d says, so d is decided too.
                  "room:c#invited@user:bob", "room:c#rival@room:d",
                  "room:d#invited@user:bob", "room:d#rival@room:c",
                  "room:c#open@user:bob",
                  // a chain is no recursion
                  "room:e#invited@user:carl", "room:e#rival@room:f",
                  "room:f#invited@user:carl", "room:f#rival@room:g",
                  "room:g#invited@user:carl"});
  EXPECT_THAT(Ask("room:a#enter@user:anne"),
              AllOf(HasSubstr("recursion through exclusion"),
                    HasSubstr("room:a -> room:b -> room:a")));
  EXPECT_EQ(Ask("room:c#enter@user:bob"), "yes");
  EXPECT_EQ(Ask("room:d#enter@user:bob"), "no");
  EXPECT_EQ(Ask("room:e#enter@user:carl"), "yes");
  EXPECT_EQ(Ask("room:f#enter@user:carl"), "no");
  EXPECT_EQ(Ask("room:a#enter@user:emil"), "no");
}

TEST_F(CheckTest, LaddersAreLinear) {
  // 2^30 paths, 120 relationships.
  std::vector<std::string> rows;
  for (int i = 0; i < 30; ++i) {
    for (const char* to : {"a", "b"}) {
      for (const char* from : {"a", "b"}) {
        rows.push_back(
            fmt::format("folder:{}{}#parent@folder:{}{}", from, i, to, i + 1));
      }
    }
  }
  Load(kDrive, rows);
  evaluation_.max_edges = 1000;
  EXPECT_EQ(Ask("folder:a0#view@user:anne"), "no");
}

TEST_F(CheckTest, WorkLimitIsAnError) {
  std::vector<std::string> rows;
  for (int i = 0; i < 200; ++i) {
    rows.push_back(fmt::format("group:top#member@group:g{}#member", i));
  }
  Load(kDrive, rows);
  evaluation_.max_edges = 100;
  EXPECT_THAT(Ask("group:top#member@user:anne"), HasSubstr("more than 100"));
}

TEST_F(CheckTest, BatchAnswersAsSingleChecksDoInAnyOrder) {
  Load(kDrive,
       {"document:readme#folder@folder:docs", "folder:docs#parent@folder:root",
        "folder:root#viewer@group:eng#member", "folder:docs#banned@user:bob",
        "group:eng#member@user:anne", "group:eng#member@user:bob",
        "document:note#viewer@user:bob", "document:note#folder@folder:root"});
  std::vector<std::string> questions;
  for (const char* resource :
       {"document:readme#view", "document:note#view", "folder:docs#view",
        "folder:root#view", "folder:docs#strict", "group:eng#member"}) {
    for (const char* subject : {"user:anne", "user:bob", "group:eng#member"}) {
      questions.push_back(fmt::format("{}@{}", resource, subject));
    }
  }
  for (int round = 0; round < 2; ++round) {
    CheckBatch batch(evaluation_);
    for (const std::string& question : questions) {
      EXPECT_EQ(Ask(&batch, question), Ask(question)) << question;
      EXPECT_EQ(Ask(&batch, question), Ask(question)) << question;
    }
    std::reverse(questions.begin(), questions.end());
  }
}

TEST_F(CheckTest, UnknownNamesAreNamed) {
  Load(kDrive, {});
  EXPECT_THAT(Ask("planet:x#view@user:anne"), HasSubstr("\"planet\""));
  EXPECT_THAT(Ask("folder:x#fly@user:anne"), HasSubstr("\"fly\""));
  EXPECT_THAT(Ask("folder:x#view@alien:x"), HasSubstr("\"alien\""));
  EXPECT_THAT(Ask("folder:x#view@group:x#leader"), HasSubstr("\"leader\""));
}

TEST_F(CheckTest, AnErrorLeavesTheBatchUsable) {
  std::vector<std::string> rows = {"folder:f58#viewer@user:anne"};
  for (int i = 0; i < 60; ++i) {
    rows.push_back(fmt::format("folder:f{}#parent@folder:f{}", i, i + 1));
  }
  Load(kDrive, rows);
  CheckBatch batch(evaluation_);
  EXPECT_THAT(Ask(&batch, "folder:f0#view@user:anne"), HasSubstr("depth"));
  EXPECT_EQ(Ask(&batch, "folder:f20#view@user:anne"), "yes");
  // Depth counts from the question asked, not from where answers were found.
  EXPECT_THAT(Ask("folder:f0#view@user:bob"), HasSubstr("depth"));
}

}  // namespace
}  // namespace kith::engine
