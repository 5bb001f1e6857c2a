#include "engine/trace.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "kith/errors.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

using ::testing::HasSubstr;

constexpr char kSchema[] = R"(
use expiration
caveat has_x(x int, z int) { x == 1 && z == 1 }
caveat has_y(y int) { y == 1 }
caveat fifth(n int) { 10 / n == 2 }
definition user {}
definition robot {}
definition group { relation member: user | group#member }
definition folder {
  relation parent: folder | folder with has_x
  relation viewer: user | group#member | user:* with has_y |
    user with expiration
  permission view = viewer + parent->view
  permission strict = parent.all(viewer)
}
definition document {
  relation folder: folder
  relation viewer: user | group#member | user with fifth
  relation banned: user | group#member
  relation signed: user
  relation machine: robot
  permission view = viewer + folder->view
  permission read = view & signed
  permission open = view - banned
  permission alias = view
  permission mixed = view & machine
}
)";

class TraceTest : public EngineTest {
 protected:
  // The trace as text: two spaces a level, then the answer and the question,
  // `<` and the relationship that leads there, the caveat's result.
  std::string TraceOf(const std::string& question,
                      const std::string& context = "{}") {
    CheckBatch batch(evaluation_);
    const auto parsed = Relationship::Parse(question);
    const auto values = StructFromJson(context);
    TraceStep root;
    const auto answer = batch.Check(parsed->resource, parsed->relation,
                                    parsed->subject, *values, &root);
    if (!answer.ok()) return std::string(answer.status().message());
    EXPECT_EQ(root.permissionship, answer->permissionship);
    std::string text;
    Print(root, "", &text);
    return text;
  }

  static void Print(const TraceStep& step, const std::string& indent,
                    std::string* text) {
    std::string_view answer = "undecided";
    if (step.permissionship) {
      answer = *step.permissionship == Permissionship::kHasPermission ? "yes"
               : *step.permissionship == Permissionship::kConditional ? "maybe"
                                                                      : "no";
    }
    *text += fmt::format("{}{} {}#{}", indent, answer, step.resource.ToString(),
                         step.permission);
    if (step.through) *text += " < " + step.through->ToString();
    if (step.caveat) {
      constexpr std::string_view kResults[] = {"failed", "false", "true",
                                               "missing"};
      *text += fmt::format(" {} {} {}", step.caveat->name,
                           kResults[static_cast<size_t>(step.caveat->result)],
                           ToJson(step.caveat->context));
      for (const auto& name : step.caveat->missing_context) {
        *text += " " + name;
      }
    }
    if (step.repeated) *text += " again";
    *text += "\n";
    for (const TraceStep& next : step.steps) Print(next, indent + "  ", text);
  }
};

TEST_F(TraceTest, AYesIsTheRelationshipsThatGrantIt) {
  Load(kSchema,
       {"document:d#folder@folder:f", "folder:f#parent@folder:g",
        "folder:g#viewer@group:eng#member", "group:eng#member@user:anne",
        "group:eng#member@user:bob", "document:d#viewer@group:other#member",
        "document:d#folder@folder:elsewhere"});
  EXPECT_EQ(TraceOf("document:d#view@user:anne"),
            "yes document:d#view\n"
            "  yes folder:f#view < document:d#folder@folder:f\n"
            "    yes folder:g#view < folder:f#parent@folder:g\n"
            "      yes folder:g#viewer\n"
            "        yes group:eng#member < folder:g#viewer@group:eng#member\n"
            "          yes group:eng#member < group:eng#member@user:anne\n");
}

TEST_F(TraceTest, ANoIsAllThatWasTried) {
  Load(kSchema,
       {"document:d#folder@folder:f", "document:d#folder@folder:g",
        "document:d#viewer@group:eng#member", "document:d#viewer@user:bob"});
  EXPECT_EQ(TraceOf("document:d#view@user:anne"),
            "no document:d#view\n"
            "  no document:d#viewer\n"
            "    no group:eng#member < document:d#viewer@group:eng#member\n"
            "  no folder:f#view < document:d#folder@folder:f\n"
            "    no folder:f#viewer\n"
            "  no folder:g#view < document:d#folder@folder:g\n"
            "    no folder:g#viewer\n");
}

TEST_F(TraceTest, AnIntersectionShowsHowCloseItWas) {
  Load(kSchema, {"document:d#viewer@user:anne", "document:e#viewer@user:anne",
                 "document:e#signed@user:anne"});
  EXPECT_EQ(TraceOf("document:d#read@user:anne"),
            "no document:d#read\n"
            "  yes document:d#view\n"
            "  no document:d#signed\n");
  EXPECT_EQ(TraceOf("document:e#read@user:anne"),
            "yes document:e#read\n"
            "  yes document:e#view\n"
            "    yes document:e#viewer\n"
            "      yes document:e#viewer < document:e#viewer@user:anne\n"
            "  yes document:e#signed\n"
            "    yes document:e#signed < document:e#signed@user:anne\n");
  // No user is ever a machine, so nothing else was asked.
  EXPECT_EQ(TraceOf("document:d#mixed@user:anne"),
            "no document:d#mixed\n"
            "  no document:d#machine\n");
}

TEST_F(TraceTest, AnExclusionShowsWhatTakesItAway) {
  Load(kSchema,
       {"document:d#viewer@user:anne", "document:d#viewer@user:bob",
        "document:d#banned@group:out#member", "group:out#member@user:anne"});
  EXPECT_EQ(TraceOf("document:d#open@user:anne"),
            "no document:d#open\n"
            "  yes document:d#view\n"
            "  yes document:d#banned\n"
            "    yes group:out#member < document:d#banned@group:out#member\n"
            "      yes group:out#member < group:out#member@user:anne\n");
  EXPECT_EQ(TraceOf("document:d#open@user:bob"),
            "yes document:d#open\n"
            "  yes document:d#view\n"
            "    yes document:d#viewer\n"
            "      yes document:d#viewer < document:d#viewer@user:bob\n"
            "  no document:d#banned\n");
  EXPECT_EQ(TraceOf("document:e#open@user:bob"),
            "no document:e#open\n"
            "  no document:e#view\n"
            "    no document:e#viewer\n");
}

TEST_F(TraceTest, CaveatsAreToldWithTheRelationshipThatHasThem) {
  Load(kSchema, {"folder:f#parent@folder:g[has_x:{\"x\":1}]",
                 "folder:g#viewer@user:*[has_y]"});
  EXPECT_EQ(TraceOf("folder:f#view@user:anne", R"({"y": 1, "q": 5})"),
            "maybe folder:f#view\n"
            "  yes folder:g#view < folder:f#parent@folder:g[has_x:{\"x\":1}]"
            " has_x missing {\"x\":1} z\n"
            "    yes folder:g#viewer\n"
            "      yes folder:g#viewer < folder:g#viewer@user:*[has_y]"
            " has_y true {\"y\":1}\n");
  // Behind a caveat that is false nothing matters.
  EXPECT_EQ(TraceOf("folder:f#strict@user:anne", R"({"z": 2, "y": 1})"),
            "no folder:f#strict\n"
            "  yes folder:g#viewer < folder:f#parent@folder:g[has_x:{\"x\":1}]"
            " has_x false {\"x\":1,\"z\":2}\n");
}

TEST_F(TraceTest, ACaveatThatFailsIsToldWhereItDoesNotMatter) {
  Load(kSchema, {"document:d#viewer@user:anne[fifth]"});
  EXPECT_EQ(TraceOf("document:d#read@user:anne", R"({"n": 0})"),
            "no document:d#read\n"
            "  maybe document:d#view\n"
            "  no document:d#signed\n");
  EXPECT_THAT(TraceOf("document:d#view@user:anne", R"({"n": 0})"),
              HasSubstr("caveat \"fifth\""));
}

TEST_F(TraceTest, ExpiryIsToldAndAliasesKeepTheirNames) {
  Load(kSchema, {"folder:f#viewer@user:anne[expiration:2033-01-01T00:00:00Z]",
                 "document:d#viewer@user:anne"});
  EXPECT_EQ(TraceOf("folder:f#viewer@user:anne"),
            "yes folder:f#viewer\n"
            "  yes folder:f#viewer < folder:f#viewer@user:anne"
            "[expiration:2033-01-01T00:00:00Z]\n");
  EXPECT_EQ(TraceOf("document:d#alias@user:anne"),
            "yes document:d#alias\n"
            "  yes document:d#view\n"
            "    yes document:d#viewer\n"
            "      yes document:d#viewer < document:d#viewer@user:anne\n");
}

// Whatever relationship is met first, the chain of those that are told ends at
// one that names the subject.
TEST_F(TraceTest, CyclesEndAtARelationshipOfTheSubject) {
  std::vector<std::string> rows = {"group:g5#member@user:anne"};
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < 8; ++j) {
      if (i != j) {
        rows.push_back(fmt::format("group:g{}#member@group:g{}#member", i, j));
      }
    }
  }
  Load(kSchema, rows);
  for (int i = 0; i < 8; ++i) {
    const std::string text =
        TraceOf(fmt::format("group:g{}#member@user:anne", i));
    EXPECT_THAT(text, HasSubstr("< group:g5#member@user:anne\n")) << i;
    EXPECT_THAT(text, ::testing::Not(HasSubstr("again")));
  }
  // All of a "no" is told, each question once.
  const std::string text = TraceOf("group:g0#member@user:bob");
  EXPECT_THAT(text, HasSubstr("again"));
  EXPECT_LT(text.size(), 10'000u);
}

TEST_F(TraceTest, RepeatedQuestionsHaveTheIdOfTheFirst) {
  Load(kSchema, {"document:d#folder@folder:f", "folder:f#parent@folder:g",
                 "document:d#folder@folder:g"});
  CheckBatch batch(evaluation_);
  TraceStep root;
  ASSERT_TRUE(batch.Check("document:d", "view", "user:anne", {}, &root).ok());
  ASSERT_EQ(root.steps.size(), 3u);  // viewer, and the folders f and g
  const TraceStep& through_f = root.steps[1].steps[1];
  const TraceStep& direct = root.steps[2];
  EXPECT_EQ(through_f.resource, direct.resource);
  EXPECT_EQ(through_f.id, direct.id);
  EXPECT_FALSE(through_f.repeated);
  EXPECT_TRUE(direct.repeated);
  EXPECT_TRUE(direct.steps.empty());
  EXPECT_NE(through_f.id, root.id);
}

TEST_F(TraceTest, SubjectSetsAreMembersOfThemselves) {
  Load(kSchema, {"document:d#viewer@group:eng#member"});
  EXPECT_EQ(TraceOf("document:d#viewer@group:eng#member"),
            "yes document:d#viewer\n"
            "  yes document:d#viewer < document:d#viewer@group:eng#member\n");
  EXPECT_EQ(TraceOf("group:eng#member@group:eng#member"),
            "yes group:eng#member\n");
}

TEST_F(TraceTest, StepsAndLevelsAreLimited) {
  std::vector<std::string> rows;
  for (int i = 0; i < 50; ++i) {
    rows.push_back(fmt::format("folder:f{}#parent@folder:f{}", i, i + 1));
  }
  rows.emplace_back("folder:f50#viewer@user:anne");
  Load(kSchema, rows);
  CheckBatch batch(evaluation_);
  TraceStep root;
  ASSERT_TRUE(batch.Check("folder:f0", "view", "user:anne", {}, &root).ok());
  uint32_t levels = 0;
  for (const TraceStep* at = &root; at != nullptr;
       at = at->steps.empty() ? nullptr : &at->steps.back()) {
    ++levels;
  }
  EXPECT_EQ(levels, kMaxTraceLevels);
  evaluation_.max_trace_steps = 20;
  CheckBatch limited(evaluation_);
  const auto refused =
      limited.Check("folder:f0", "view", "user:anne", {}, &root);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("20 steps"));
  // The answer itself costs no steps.
  EXPECT_TRUE(limited.Check("folder:f0", "view", "user:anne", {}).ok());
}

// What was found nearer to an earlier question of the batch answers one that is
// too far away for itself; so does its trace.
TEST_F(TraceTest, FollowsAnAnswerBeyondTheDepthLimit) {
  std::vector<std::string> rows;
  for (int i = 0; i < 60; ++i) {
    rows.push_back(fmt::format("folder:f{}#parent@folder:f{}", i, i + 1));
  }
  rows.emplace_back("folder:f60#viewer@user:anne");
  Load(kSchema, rows);
  CheckBatch batch(evaluation_);
  EXPECT_EQ(Ask(&batch, "folder:f30#view@user:anne"), "yes");
  TraceStep root;
  const auto far = batch.Check("folder:f0", "view", "user:anne", {}, &root);
  ASSERT_TRUE(far.ok()) << far.status();
  EXPECT_EQ(root.permissionship, Permissionship::kHasPermission);
}

}  // namespace
}  // namespace kith::engine
