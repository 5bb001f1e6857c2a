// Random worlds with conditions: whatever the data, answers keep the rules of
// three values, and the search agrees with the exact evaluation.

#include <random>
#include <string>
#include <vector>

#include "support/seed.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

constexpr char kSchema[] = R"(
caveat has_x(x int) { x == 1 }
caveat has_y(y int) { y == 1 }
caveat mixed(x int, y int) { x == 1 || 4 / y == 2 }
definition user {}
definition group {
  relation member: user | user with has_x | user with has_y |
    group#member | group#member with has_x | group#kept with mixed
  relation barred: user | user with mixed | group#member with has_y
  permission kept = member - barred
}
definition folder {
  relation parent: folder | folder with has_x | folder with mixed
  relation viewer: user | user:* with has_y | group#member | group#kept
  relation closed: user with has_x | group#kept
  permission view = (viewer + parent->view) - closed
  permission strict = parent.all(view) & viewer
  permission odd = view - parent->odd
}
)";

constexpr const char* kQuestions[] = {
    "folder:a#view", "folder:b#view", "folder:a#strict", "folder:a#odd",
    "folder:c#odd",  "group:a#kept",  "group:b#member",  "folder:c#closed"};

class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {}

  std::vector<std::string> Rows() {
    std::vector<std::string> rows;
    for (int i = 0; i < 22; ++i) {
      const std::string row = Row();
      // A relationship has one caveat: the first that is drawn.
      const std::string key = row.substr(0, row.find('['));
      bool fresh = true;
      for (const std::string& other : rows) {
        fresh = fresh && other.substr(0, other.find('[')) != key;
      }
      if (fresh) rows.push_back(row);
    }
    return rows;
  }

 private:
  size_t Below(size_t n) { return random_() % n; }
  std::string Pick(const std::vector<std::string>& from) {
    return from[Below(from.size())];
  }
  std::string Name() { return Pick({"a", "b", "c"}); }
  // A caveat, perhaps with some of its context.
  std::string Caveat(const std::string& name) {
    if (name.empty()) return "";
    const bool has_y = name != "has_x";
    const std::string value = Pick({"0", "1", "2"});
    switch (Below(4)) {
      case 0:
        return fmt::format("[{}:{{\"{}\":{}}}]", name, has_y ? "y" : "x",
                           value);
      default:
        return fmt::format("[{}]", name);
    }
  }

  std::string Row() {
    switch (Below(6)) {
      case 0:
        return "group:" + Name() + "#member@user:anne" +
               Caveat(Pick({"", "has_x", "has_y"}));
      case 1:
        return "group:" + Name() + "#member@group:" + Name() +
               (Below(3) == 0 ? "#kept" + Caveat("mixed")
                              : "#member" + Caveat(Pick({"", "has_x"})));
      case 2:
        return "group:" + Name() + "#barred@" +
               (Below(2) == 0
                    ? "user:anne" + Caveat(Pick({"", "mixed"}))
                    : "group:" + Name() + "#member" + Caveat("has_y"));
      case 3:
        return "folder:" + Name() + "#parent@folder:" + Name() +
               Caveat(Pick({"", "", "has_x", "mixed"}));
      case 4:
        return "folder:" + Name() + "#viewer@" +
               Pick({"user:anne", "user:*" + Caveat("has_y"),
                     "group:" + Name() + "#member",
                     "group:" + Name() + "#kept"});
      default:
        return "folder:" + Name() + "#closed@" +
               Pick({"user:anne" + Caveat("has_x"),
                     "group:" + Name() + "#kept"});
    }
  }

  std::mt19937_64 random_;
};

class CaveatsModelTest : public EngineTest {
 protected:
  static std::string Context(int x, int y) {
    Struct context;
    if (x >= 0) context["x"] = kith::Value{static_cast<double>(x)};
    if (y >= 0) context["y"] = kith::Value{static_cast<double>(y)};
    return ToJson(context);
  }

  // The answer, after the exact evaluation has agreed.
  std::string Agreed(CheckBatch* batch, const std::string& question,
                     const std::string& context) {
    const auto parsed = Relationship::Parse(question + "@user:anne");
    TraceStep trace;
    const auto traced =
        batch->Check(parsed->resource, parsed->relation, parsed->subject,
                     *StructFromJson(context), &trace);
    const std::string answer = Ask(batch, question + "@user:anne", context);
    if (traced.ok()) {
      EXPECT_EQ(traced->permissionship, trace.permissionship);
    } else {
      EXPECT_EQ(std::string(traced.status().message()), answer);
    }
    EXPECT_EQ(answer, Ask(question + "@user:anne", context)) << "alone";
    return answer;
  }

  // What is said with less context must hold with more.
  static void ExpectRefined(const std::string& less, const std::string& more) {
    if (less == "yes" || less == "no") {
      EXPECT_EQ(more, less);
    }
  }
};

TEST_F(CaveatsModelTest, MoreContextRefinesAnswersAndNeverTurnsThem) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(fmt::format("KITH_SEED={}", seed));
  std::mt19937_64 seeds(seed);
  size_t conditional = 0;
  for (int world = 0; world < 60 && !HasFailure(); ++world) {
    snapshot_.reset();  // before its store
    SetUp();
    const auto rows = World(seeds()).Rows();
    SCOPED_TRACE(fmt::format("{}", fmt::join(rows, "\n")));
    Load(kSchema, rows);
    CheckBatch batch(evaluation_);
    for (const std::string question : kQuestions) {
      SCOPED_TRACE(question);
      std::string answers[4][4];
      for (int x = -1; x < 3; ++x) {
        for (int y = -1; y < 3; ++y) {
          SCOPED_TRACE(Context(x, y));
          const std::string answer = Agreed(&batch, question, Context(x, y));
          answers[x + 1][y + 1] = answer;
          if (answer.substr(0, 6) == "needs ") {
            ++conditional;
            // Only what was not given, and something.
            EXPECT_TRUE(answer.find('x') == std::string::npos || x < 0);
            EXPECT_TRUE(answer.find('y') == std::string::npos || y < 0);
            EXPECT_GT(answer.size(), 6u);
          }
          ExpectRefined(answers[0][y + 1], answer);
          ExpectRefined(answers[x + 1][0], answer);
        }
      }
    }
  }
  EXPECT_GT(conditional, 50u) << "the worlds are too plain";
}

}  // namespace
}  // namespace kith::engine
