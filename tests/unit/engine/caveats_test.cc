#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "kith/errors.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

using ::testing::HasSubstr;

constexpr char kSchema[] = R"(
use expiration
caveat has_x(x int) { x == 1 }
caveat has_y(y int) { y == 1 }
caveat either(x int, y int) { x == 1 || y == 1 }
caveat fifth(n int) { 10 / n == 2 }
definition user {}
definition group {
  relation member: user | user with has_x | user with has_y | group#member |
    group#member with has_x | group#member with has_y
  relation open: user | user with has_x | user:* with has_y
}
definition folder {
  relation parent: folder | folder with has_x | folder with has_y
  relation viewer: user | user with has_x | group#member with has_x |
    group#member
  permission view = viewer + parent->view
  permission strict = parent.all(viewer)
}
definition document {
  relation one: user | user with has_x | user with fifth | user with either
  relation two: user | user with has_y | user with has_x | user with fifth
  relation set: group#member | group#member with has_x
  relation folder: folder | folder with has_x
  permission any = one + two
  permission both = one & two
  permission less = one - two
  permission none = set - set
  permission deep = set + folder->view
}
definition tight {
  relation only: user with has_x | user with has_y and expiration |
    user with expiration
  relation loose: user | user with has_x
}
)";

constexpr char kBothX[] = R"({"x": 1})";
constexpr char kNotX[] = R"({"x": 2})";
constexpr char kY[] = R"({"y": 1})";
constexpr char kNotY[] = R"({"y": 2})";

class CaveatsTest : public EngineTest {
 protected:
  // Gives exactly what is asked for, until the answer is definite: each round
  // must name something new.
  std::string AskUntilDefinite(const std::string& question) {
    Struct context;
    while (true) {
      const std::string json = ToJson(context);
      const std::string answer = Ask(question, json);
      if (!absl::StartsWith(answer, "needs ")) return answer;
      const auto names =
          absl::StrSplit(answer.substr(6), ", ", absl::SkipEmpty());
      size_t fresh = 0;
      for (const auto& name : names) {
        fresh += context.emplace(std::string(name), kith::Value{1.0}).second;
      }
      if (fresh == 0) return "asked again for " + answer + " with " + json;
    }
  }
};

// Known conditional early on, and named in full all the same: the exclusion
// that hangs on a cycle is resolved to its end.
TEST_F(CaveatsTest, ARecursiveExclusionNamesAllThatIsMissing) {
  Load(R"(
caveat has_x(x int) { x == 1 }
caveat has_y(y int) { y == 1 }
definition user {}
definition doc {
  relation owner: group#access | user:* with has_x
  relation parent: doc
  relation reader: user
  permission flow = owner & (reader + parent->flow)
}
definition group {
  relation viewer: doc
  relation member: user with has_y
  permission access = member - viewer->flow
})",
       {"doc:d#owner@user:*[has_x]", "doc:d#owner@group:g#access",
        "group:g#member@user:anne[has_y]", "group:g#viewer@doc:d"});
  EXPECT_EQ(Ask("doc:d#owner@user:anne"), "needs x, y");
}

TEST_F(CaveatsTest, RequestContextDecidesAndItsAbsenceIsNamed) {
  Load(kSchema, {"document:d#one@user:anne[has_x]"});
  EXPECT_EQ(Ask("document:d#one@user:anne"), "needs x");
  EXPECT_EQ(Ask("document:d#one@user:anne", kBothX), "yes");
  EXPECT_EQ(Ask("document:d#one@user:anne", kNotX), "no");
  EXPECT_EQ(Ask("document:d#one@user:anne", kY), "needs x");
  EXPECT_EQ(Ask("document:d#one@user:bob", kBothX), "no");
}

TEST_F(CaveatsTest, StoredContextWinsOverTheRequest) {
  Load(kSchema, {"document:in#one@user:anne[has_x:{\"x\":1}]",
                 "document:out#one@user:anne[has_x:{\"x\":2}]",
                 "document:part#one@user:anne[either:{\"x\":2}]"});
  EXPECT_EQ(Ask("document:in#one@user:anne", kNotX), "yes");
  EXPECT_EQ(Ask("document:out#one@user:anne", kBothX), "no");
  EXPECT_EQ(Ask("document:part#one@user:anne", kBothX), "needs y");
  EXPECT_EQ(Ask("document:part#one@user:anne", kY), "yes");
  // A value of the wrong type is of no account where the stored one counts.
  EXPECT_EQ(Ask("document:in#one@user:anne", R"({"x": "one"})"), "yes");
  EXPECT_THAT(Ask("document:part#one@user:anne", R"({"y": "one"})"),
              HasSubstr("parameter \"y\""));
}

TEST_F(CaveatsTest, UnionNamesAllThatCouldGrant) {
  Load(kSchema,
       {"document:d#one@user:anne[has_x]", "document:d#two@user:anne[has_y]",
        "document:sure#one@user:anne[has_x]", "document:sure#two@user:anne"});
  EXPECT_EQ(Ask("document:d#any@user:anne"), "needs x, y");
  EXPECT_EQ(Ask("document:d#any@user:anne", kNotX), "needs y");
  EXPECT_EQ(Ask("document:d#any@user:anne", kBothX), "yes");
  EXPECT_EQ(Ask("document:d#any@user:anne", R"({"x": 2, "y": 2})"), "no");
  EXPECT_EQ(Ask("document:sure#any@user:anne"), "yes");
}

TEST_F(CaveatsTest, IntersectionNamesOnlyWhatIsOpen) {
  Load(kSchema,
       {"document:d#one@user:anne[has_x]", "document:d#two@user:anne[has_y]",
        "document:half#one@user:anne[has_x]", "document:half#two@user:anne",
        "document:no#one@user:anne[has_x]"});
  EXPECT_EQ(Ask("document:d#both@user:anne"), "needs x, y");
  EXPECT_EQ(Ask("document:d#both@user:anne", kBothX), "needs y");
  EXPECT_EQ(Ask("document:d#both@user:anne", kNotX), "no");
  EXPECT_EQ(Ask("document:half#both@user:anne"), "needs x");
  EXPECT_EQ(Ask("document:no#both@user:anne"), "no");
}

TEST_F(CaveatsTest, ExclusionOfTheConditionalIsConditional) {
  Load(kSchema,
       {"document:d#one@user:anne", "document:d#two@user:anne[has_y]",
        "document:two#one@user:anne[has_x]", "document:two#two@user:anne",
        "document:open#one@user:anne[has_x]",
        "document:open#two@user:anne[has_y]", "document:d#set@group:g#member",
        "group:g#member@user:anne[has_x]"});
  EXPECT_EQ(Ask("document:d#less@user:anne"), "needs y");
  EXPECT_EQ(Ask("document:d#less@user:anne", kY), "no");
  EXPECT_EQ(Ask("document:d#less@user:anne", kNotY), "yes");
  EXPECT_EQ(Ask("document:two#less@user:anne"), "no");
  EXPECT_EQ(Ask("document:open#less@user:anne"), "needs x, y");
  EXPECT_EQ(Ask("document:open#less@user:anne", kY), "no");
  EXPECT_EQ(Ask("document:open#less@user:anne", kNotX), "no");
  // Three values: what is subtracted from itself is open, not false.
  EXPECT_EQ(Ask("document:d#none@user:anne"), "needs x");
  EXPECT_EQ(Ask("document:d#none@user:anne", kBothX), "no");
  EXPECT_EQ(Ask("document:d#none@user:anne", kNotX), "no");
}

TEST_F(CaveatsTest, ConditionsOfAHopBindWhatIsBehindIt) {
  Load(kSchema, {"document:d#folder@folder:f[has_x]", "folder:f#viewer@user:a",
                 "folder:f#parent@folder:g[has_y]", "folder:g#viewer@user:b",
                 "document:d#set@group:g#member[has_x]",
                 "group:g#member@group:h#member[has_y]",
                 "group:h#member@user:c", "group:h#member@user:d[has_x]"});
  EXPECT_EQ(Ask("document:d#deep@user:a"), "needs x");
  EXPECT_EQ(Ask("document:d#deep@user:b"), "needs x, y");
  EXPECT_EQ(Ask("document:d#deep@user:b", kBothX), "needs y");
  EXPECT_EQ(Ask("document:d#deep@user:b", kNotY), "no");
  EXPECT_EQ(Ask("document:d#deep@user:c"), "needs x, y");
  EXPECT_EQ(Ask("document:d#deep@user:d", kY), "needs x");
  EXPECT_EQ(Ask("document:d#deep@user:d", R"({"x": 1, "y": 1})"), "yes");
  EXPECT_EQ(Ask("document:d#deep@group:h#member", R"({"x": 1, "y": 1})"),
            "yes");
}

TEST_F(CaveatsTest, ArrowAllAsksForEveryObjectAlsoBehindAFalseCaveat) {
  Load(kSchema,
       {"folder:f#parent@folder:a", "folder:f#parent@folder:b[has_x]",
        "folder:a#viewer@user:anne", "folder:b#viewer@user:anne",
        "folder:a#viewer@user:bob", "folder:g#parent@folder:a[has_x]",
        "folder:g#parent@folder:c[has_y]", "folder:c#viewer@user:anne[has_x]"});
  EXPECT_EQ(Ask("folder:f#strict@user:anne"), "needs x");
  EXPECT_EQ(Ask("folder:f#strict@user:anne", kBothX), "yes");
  EXPECT_EQ(Ask("folder:f#strict@user:anne", kNotX), "no");
  EXPECT_EQ(Ask("folder:f#strict@user:bob"), "no");
  EXPECT_EQ(Ask("folder:f#strict@user:bob", kNotX), "no");
  EXPECT_EQ(Ask("folder:g#strict@user:anne"), "needs x, y");
  EXPECT_EQ(Ask("folder:g#strict@user:anne", kBothX), "needs y");
}

TEST_F(CaveatsTest, WildcardAndSubjectEachHaveTheirOwnCaveat) {
  Load(kSchema, {"group:g#open@user:*[has_y]", "group:g#open@user:anne[has_x]",
                 "group:g#open@user:bob"});
  EXPECT_EQ(Ask("group:g#open@user:anne"), "needs x, y");
  EXPECT_EQ(Ask("group:g#open@user:anne", kNotX), "needs y");
  EXPECT_EQ(Ask("group:g#open@user:anne", kNotY), "needs x");
  EXPECT_EQ(Ask("group:g#open@user:anne", kY), "yes");
  EXPECT_EQ(Ask("group:g#open@user:bob"), "yes");
  EXPECT_EQ(Ask("group:g#open@user:carl"), "needs y");
}

TEST_F(CaveatsTest, TwoPathsWithTwoCaveatsToTheSameGroup) {
  Load(kSchema,
       {"group:top#member@group:left#member[has_x]",
        "group:top#member@group:right#member[has_y]",
        "group:left#member@group:low#member",
        "group:right#member@group:low#member", "group:low#member@user:anne"});
  EXPECT_EQ(Ask("group:top#member@user:anne"), "needs x, y");
  EXPECT_EQ(Ask("group:top#member@user:anne", kBothX), "yes");
  EXPECT_EQ(Ask("group:top#member@user:anne", kY), "yes");
  EXPECT_EQ(Ask("group:top#member@user:anne", kNotX), "needs y");
  EXPECT_EQ(Ask("group:top#member@user:anne", R"({"x": 2, "y": 2})"), "no");
}

TEST_F(CaveatsTest, CyclesOfConditionsEnd) {
  Load(kSchema,
       {"group:a#member@group:b#member[has_x]", "group:b#member@group:c#member",
        "group:c#member@group:a#member[has_y]", "group:c#member@user:anne",
        "group:b#member@user:bob[has_y]"});
  EXPECT_EQ(Ask("group:a#member@user:anne"), "needs x");
  EXPECT_EQ(Ask("group:b#member@user:anne"), "yes");
  EXPECT_EQ(Ask("group:c#member@user:bob"), "needs x, y");
  EXPECT_EQ(Ask("group:c#member@user:bob", kY), "needs x");
  EXPECT_EQ(Ask("group:c#member@user:carl"), "no");
}

TEST_F(CaveatsTest, GivingTheMissingNamesDecidesOrNamesOthers) {
  Load(kSchema,
       {"document:d#one@user:anne[either]", "document:d#two@user:anne[has_y]",
        "document:d#set@group:g#member[has_x]",
        "group:g#member@group:h#member[has_y]", "group:h#member@user:anne",
        "document:d#folder@folder:f[has_x]", "folder:f#viewer@user:anne"});
  for (const char* permission : {"any", "both", "less", "none", "deep"}) {
    const std::string question =
        fmt::format("document:d#{}@user:anne", permission);
    EXPECT_EQ(Ask(question).substr(0, 6), "needs ") << question;
    const std::string answer = AskUntilDefinite(question);
    EXPECT_TRUE(answer == "yes" || answer == "no") << question << answer;
  }
}

TEST_F(CaveatsTest, AnErrorIsTheAnswerOnlyWhereItMatters) {
  const std::string zero = R"({"n": 0})";
  Load(kSchema,
       {"document:a#one@user:anne[fifth]", "document:b#one@user:anne[fifth]",
        "document:b#two@user:anne", "document:c#one@user:anne",
        "document:c#two@user:anne[fifth]", "document:e#one@user:anne[fifth]",
        "document:e#two@user:anne[has_y]"});
  EXPECT_EQ(Ask("document:a#one@user:anne"), "needs n");
  EXPECT_EQ(Ask("document:a#one@user:anne", R"({"n": 5})"), "yes");
  CheckBatch batch(evaluation_);
  const auto failed = Check(&batch, "document:a#one@user:anne", zero);
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrorInfo(failed.status())->reason,
            ErrorReason::kCaveatEvaluationError);
  EXPECT_EQ(GetErrorInfo(failed.status())->metadata["caveat_name"], "fifth");
  const auto typed =
      Check(&batch, "document:a#one@user:anne", R"({"n": "many"})");
  EXPECT_EQ(GetErrorInfo(typed.status())->reason,
            ErrorReason::kCaveatParameterTypeError);
  EXPECT_EQ(GetErrorInfo(typed.status())->metadata["parameter_name"], "n");

  EXPECT_EQ(Ask("document:a#two@user:anne", zero), "no");
  EXPECT_EQ(Ask("document:a#both@user:anne", zero), "no");
  EXPECT_EQ(Ask("document:b#any@user:anne", zero), "yes");
  EXPECT_EQ(Ask("document:b#less@user:anne", zero), "no");
  EXPECT_EQ(Ask("document:c#any@user:anne", zero), "yes");
  for (const char* question :
       {"document:a#any@user:anne", "document:b#both@user:anne",
        "document:c#both@user:anne", "document:c#less@user:anne",
        "document:e#any@user:anne", "document:e#both@user:anne"}) {
    EXPECT_THAT(Ask(question, zero), HasSubstr("caveat \"fifth\"")) << question;
  }
  EXPECT_EQ(Ask("document:e#any@user:anne", R"({"n": 0, "y": 1})"), "yes");
  EXPECT_EQ(Ask("document:e#both@user:anne", R"({"n": 0, "y": 2})"), "no");
}

TEST_F(CaveatsTest, OnlyAllowedCombinationsCount) {
  const std::string later = "[expiration:2033-01-01T00:00:00Z]";
  Load(kSchema,
       {"tight:t#only@user:plain", "tight:t#only@user:x[has_x:{\"x\":1}]",
        "tight:t#only@user:x_until[has_x:{\"x\":1}]" + later,
        "tight:t#only@user:y[has_y:{\"y\":1}]",
        "tight:t#only@user:y_until[has_y:{\"y\":1}]" + later,
        "tight:t#only@user:until" + later,
        "tight:t#only@user:gone[has_y:{\"y\":1}][expiration:2023-11-14T22:13:"
        "20Z]",
        "tight:t#loose@user:plain", "tight:t#loose@user:until" + later,
        "tight:t#loose@user:x[has_x:{\"x\":1}]",
        "tight:t#loose@user:y[has_y:{\"y\":1}]"});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"only@user:plain", "no"},    {"only@user:x", "yes"},
      {"only@user:x_until", "no"},  {"only@user:y", "no"},
      {"only@user:y_until", "yes"}, {"only@user:until", "yes"},
      {"only@user:gone", "no"},     {"loose@user:plain", "yes"},
      {"loose@user:until", "no"},   {"loose@user:x", "yes"},
      {"loose@user:y", "no"}};
  for (const auto& [question, answer] : cases) {
    EXPECT_EQ(Ask("tight:t#" + question), answer) << question;
  }
}

TEST_F(CaveatsTest, ItemsWithOtherContextsDoNotSeeEachOther) {
  Load(kSchema,
       {"document:d#one@user:anne[has_x]", "document:d#two@user:anne[has_y]",
        "document:d#set@group:g#member[has_x]", "group:g#member@user:anne"});
  const std::vector<std::string> contexts = {
      "{}", kBothX, kNotX, kY, kNotY, R"({"x": 1, "y": 2})", R"({"x": "bad"})"};
  CheckBatch batch(evaluation_);
  for (int round = 0; round < 2; ++round) {
    for (const char* permission : {"any", "both", "less", "none", "deep"}) {
      const std::string question =
          fmt::format("document:d#{}@user:anne", permission);
      for (const std::string& context : contexts) {
        EXPECT_EQ(Ask(&batch, question, context), Ask(question, context))
            << question << context;
      }
    }
  }
}

// The subtracted side explores what the base side has open, finds that it does
// not need all of it, and leaves the rest to the base side.
TEST_F(CaveatsTest, MissingNamesAreFoundAcrossFrames) {
  Load(R"(
caveat has_x(x int) { x == 1 }
caveat has_y(y int) { y == 1 }
definition user {}
definition group {
  relation direct: user | user with has_x | user with has_y
  relation inner: group | group with has_y
  relation out: group
  permission member = direct + inner->member - out->blocked
  permission blocked = direct & inner->member
}
)",
       {"group:a#inner@group:b", "group:b#inner@group:c[has_y]",
        "group:c#direct@user:anne[has_x]", "group:b#out@group:c",
        "group:a#out@group:b", "group:c#inner@group:b",
        "group:b#direct@user:anne[has_y]"});
  const std::string answer = Ask("group:a#member@user:anne");
  EXPECT_THAT(answer, HasSubstr("needs "));
}

TEST_F(CaveatsTest, ConditionsSurviveTheDepthLimit) {
  std::vector<std::string> rows;
  for (int i = 0; i < 60; ++i) {
    rows.push_back(fmt::format("folder:f{}#parent@folder:f{}", i, i + 1));
  }
  rows.emplace_back("folder:f3#viewer@user:anne[has_x]");
  rows.emplace_back("folder:f0#viewer@user:bob[has_x]");
  rows.emplace_back("folder:g#parent@folder:a");
  rows.emplace_back("folder:g#parent@folder:b");
  Load(kSchema, rows);
  EXPECT_EQ(Ask("folder:f0#view@user:anne", kBothX), "yes");
  // Beyond the depth there may be more than a condition,
  evaluation_.both_sides_after = 0;
  EXPECT_THAT(Ask("folder:f0#view@user:anne"), HasSubstr("maximum depth"));
  // unless the subject's side knows that there is not.
  evaluation_.both_sides_after = 1;
  EXPECT_EQ(Ask("folder:f0#view@user:anne"), "needs x");
  EXPECT_EQ(Ask("folder:f20#view@user:bob"), "no");
}

TEST_F(CaveatsTest, DamagedContextIsDataLossAtOnce) {
  Load(kSchema, {"document:d#two@user:anne"});
  auto transaction = store_->Begin();
  transaction->BeginCommit(now_);
  const auto symbol = [&](std::string_view name) {
    return Intern(transaction.get(), name);
  };
  storage::TupleValue damaged;
  damaged.caveat = symbol("has_x");
  damaged.caveat_context = "{broken";
  ASSERT_TRUE(transaction
                  ->Put({.resource_type = symbol("document"),
                         .resource_id = "d",
                         .relation = symbol("one"),
                         .subject_type = symbol("user"),
                         .subject_id = "anne"},
                        damaged)
                  .ok());
  ASSERT_TRUE(store_->Commit(std::move(transaction), {}).ok());
  snapshot_ = store_->AtHead();
  evaluation_.snapshot = snapshot_.get();
  CheckBatch batch(evaluation_);
  EXPECT_EQ(Check(&batch, "document:d#any@user:anne").status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace kith::engine
