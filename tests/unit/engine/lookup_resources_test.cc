#include "engine/lookup_resources.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "kith/errors.h"
#include "support/seed.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kDrive[] = R"(
use expiration
use self
caveat early(hour int, latest int) { hour < latest }
definition user {
  relation manager: user
  permission boss = manager + self
}
definition group {
  relation member: user | group#member | user with expiration
}
definition folder {
  relation parent: folder
  relation viewer: user | user:* | user:* with early | group#member
  relation banned: user | user:* | user with early
  permission view = (viewer + parent->view) - banned
  permission open = viewer + parent->open
  permission strict = viewer + parent.all(strict)
  permission none = viewer - viewer
}
definition document {
  relation folder: folder | group#member
  relation viewer: user | group#member | user with early
  relation any: user | user:* | group:*
  relation signed: user
  permission view = viewer + folder->view
  permission read = any & signed
  permission member = folder->member
  permission nobody = nil
}
)";

class LookupResourcesTest : public EngineTest {
 protected:
  // "document#view@user:anne" with ids in order: "readme", "draft(hour)" for a
  // conditional one; an error's text ends the list.
  std::vector<std::string> Find(const std::string& question,
                                const std::string& context = "{}",
                                const std::string& after = "") {
    std::vector<std::string> ids;
    const auto lookup = Start(question, context, after);
    if (!lookup.ok()) return {std::string(lookup.status().message())};
    while (true) {
      FoundResource found;
      const auto more = (*lookup)->Next(&found);
      if (!more.ok()) {
        ids.emplace_back(more.status().message());
        return ids;
      }
      if (!*more) return ids;
      ids.push_back(Print(found));
    }
  }

  absl::StatusOr<std::unique_ptr<ResourceLookup>> Start(
      const std::string& question, const std::string& context = "{}",
      const std::string& after = "", uint32_t limit = 0,
      std::shared_ptr<const ResourceReach> reach = nullptr) {
    const std::vector<std::string> parts =
        absl::StrSplit(question, absl::ByAnyChar("#@"));
    ResourceLookup::Question asked;
    asked.resource_type = parts[0];
    asked.permission = parts[1];
    asked.subject = SubjectRef(question.substr(question.find('@') + 1));
    asked.context = *StructFromJson(context);
    asked.after = after;
    asked.limit = limit;
    return ResourceLookup::Start(evaluation_, asked, std::move(reach));
  }

  static std::string Print(const FoundResource& found) {
    if (found.permissionship == Permissionship::kHasPermission) return found.id;
    return fmt::format("{}({})", found.id,
                       absl::StrJoin(found.missing_context, ","));
  }
};

TEST_F(LookupResourcesTest, FollowsRelationsSetsAndArrows) {
  Load(kDrive,
       {"document:readme#viewer@user:anne",
        "document:plan#viewer@group:eng#member",
        "document:deep#folder@folder:docs", "document:other#viewer@user:bob",
        "folder:docs#parent@folder:root", "folder:root#viewer@user:anne",
        "group:eng#member@group:core#member", "group:core#member@user:anne"});
  EXPECT_THAT(Find("document#view@user:anne"),
              ElementsAre("deep", "plan", "readme"));
  EXPECT_THAT(Find("folder#open@user:anne"), ElementsAre("docs", "root"));
  EXPECT_THAT(Find("group#member@user:anne"), ElementsAre("core", "eng"));
  EXPECT_THAT(Find("document#viewer@user:anne"), ElementsAre("plan", "readme"));
  EXPECT_THAT(Find("document#view@user:zoe"), IsEmpty());
  EXPECT_THAT(Find("document#nobody@user:anne"), IsEmpty());
}

TEST_F(LookupResourcesTest, CyclesEndAndNothingIsFoundTwice) {
  Load(kDrive, {"folder:b#parent@folder:a", "folder:c#parent@folder:b",
                "folder:a#parent@folder:c", "folder:b#viewer@user:anne",
                "folder:c#viewer@user:anne", "folder:c#viewer@group:x#member",
                "group:x#member@group:y#member",
                "group:y#member@group:x#member", "group:y#member@user:anne"});
  EXPECT_THAT(Find("folder#open@user:anne"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Find("folder#view@user:anne"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Find("folder#open@group:x#member"), ElementsAre("a", "b", "c"));
}

TEST_F(LookupResourcesTest, SubjectSetsAreMembersOfThemselves) {
  Load(kDrive, {"group:eng#member@group:core#member",
                "document:plan#viewer@group:eng#member"});
  EXPECT_THAT(Find("group#member@group:core#member"),
              ElementsAre("core", "eng"));
  EXPECT_THAT(Find("group#member@group:nowhere#member"),
              ElementsAre("nowhere"));
  EXPECT_THAT(Find("document#view@group:core#member"), ElementsAre("plan"));
  EXPECT_THAT(Find("group#member@group:core"), IsEmpty());
}

TEST_F(LookupResourcesTest, SelfIsItsOwnResource) {
  Load(kDrive, {"user:anne#manager@user:carl"});
  EXPECT_THAT(Find("user#boss@user:carl"), ElementsAre("anne", "carl"));
  EXPECT_THAT(Find("user#boss@group:g#member"), IsEmpty());
}

TEST_F(LookupResourcesTest, WildcardsStandForObjectsOnly) {
  Load(kDrive, {"document:all#any@user:*", "document:all#signed@user:anne",
                "document:groups#any@group:*", "document:mine#any@user:anne"});
  EXPECT_THAT(Find("document#any@user:anne"), ElementsAre("all", "mine"));
  EXPECT_THAT(Find("document#any@group:eng"), ElementsAre("groups"));
  EXPECT_THAT(Find("document#any@group:eng#member"), IsEmpty());
  EXPECT_THAT(Find("document#read@user:anne"), ElementsAre("all"));
}

TEST_F(LookupResourcesTest, ExclusionsAndIntersectionsAreChecked) {
  Load(kDrive, {"folder:a#viewer@user:*", "folder:b#viewer@user:*",
                "folder:b#banned@user:anne", "folder:c#viewer@user:anne",
                "folder:c#banned@user:*", "folder:d#parent@folder:b",
                "folder:e#viewer@user:*[early:{\"latest\":9}]",
                "folder:f#viewer@user:anne",
                "folder:f#banned@user:anne[early:{\"latest\":9}]"});
  EXPECT_THAT(Find("folder#view@user:anne"),
              ElementsAre("a", "e(hour)", "f(hour)"));
  EXPECT_THAT(Find("folder#view@user:anne", R"({"hour":8})"),
              ElementsAre("a", "e"));
  EXPECT_THAT(Find("folder#view@user:anne", R"({"hour":10})"),
              ElementsAre("a", "f"));
  EXPECT_THAT(Find("folder#view@user:bob"),
              ElementsAre("a", "b", "d", "e(hour)"));
}

TEST_F(LookupResourcesTest, OneRelationOnBothSidesOfAnExclusion) {
  Load(kDrive, {"folder:a#viewer@user:anne",
                "folder:b#viewer@user:*[early:{\"latest\":9}]"});
  EXPECT_THAT(Find("folder#none@user:anne"), ElementsAre("b(hour)"));
}

TEST_F(LookupResourcesTest, AllTakesEveryObject) {
  Load(kDrive,
       {"folder:a#viewer@user:anne", "folder:b#viewer@user:bob",
        "folder:one#parent@folder:a", "folder:two#parent@folder:a",
        "folder:two#parent@folder:b", "folder:three#parent@folder:one"});
  EXPECT_THAT(Find("folder#strict@user:anne"),
              ElementsAre("a", "one", "three"));
}

TEST_F(LookupResourcesTest, ArrowsFollowTheObjectOfASubjectSet) {
  Load(kDrive,
       {"document:d#folder@group:eng#member", "group:eng#member@user:anne"});
  EXPECT_THAT(Find("document#member@user:anne"), ElementsAre("d"));
}

TEST_F(LookupResourcesTest, ExpiredRelationshipsLeadNowhere) {
  Load(kDrive, {"group:old#member@user:anne[expiration:2023-11-14T22:13:20Z]",
                "group:new#member@user:anne[expiration:2023-11-14T22:13:21Z]"});
  EXPECT_THAT(Find("group#member@user:anne"), ElementsAre("new"));
}

TEST_F(LookupResourcesTest, AReachHoldsUntilTheNextExpiry) {
  Load(kDrive, {"group:old#member@user:anne[expiration:2023-11-14T22:13:20Z]",
                "group:new#member@user:anne[expiration:2023-11-14T22:13:30Z]",
                "document:d#viewer@group:new#member",
                "document:e#viewer@user:anne"});
  const auto holds_at = [&](const ResourceLookup& lookup, int seconds) {
    Evaluation later = evaluation_;
    later.now += absl::Seconds(seconds);
    return lookup.reach()->HoldsFor(later);
  };
  auto lookup = Start("document#view@user:anne");
  ASSERT_TRUE(lookup.ok()) << lookup.status();
  EXPECT_FALSE(holds_at(**lookup, -1));
  EXPECT_TRUE(holds_at(**lookup, 0));
  EXPECT_TRUE(holds_at(**lookup, 9));
  EXPECT_FALSE(holds_at(**lookup, 10));
  evaluation_.now += absl::Seconds(10);
  lookup = Start("document#view@user:anne");
  ASSERT_TRUE(lookup.ok()) << lookup.status();
  EXPECT_TRUE(holds_at(**lookup, 1'000'000));
}

TEST_F(LookupResourcesTest, AStrongerPathMakesAConditionalResourceCertain) {
  Load(kDrive, {"document:d#viewer@user:anne[early:{\"latest\":9}]",
                "document:d#viewer@group:g#member",
                "group:g#member@group:h#member", "group:h#member@user:anne",
                "document:e#viewer@user:anne[early:{\"latest\":9}]"});
  EXPECT_THAT(Find("document#view@user:anne"), ElementsAre("d", "e(hour)"));
}

TEST_F(LookupResourcesTest, GoesOnAfterAnId) {
  Load(kDrive, {"group:a#member@user:anne", "group:b#member@user:anne",
                "group:c#member@user:anne"});
  EXPECT_THAT(Find("group#member@user:anne", "{}", "a"), ElementsAre("b", "c"));
  EXPECT_THAT(Find("group#member@user:anne", "{}", "aa"),
              ElementsAre("b", "c"));
  EXPECT_THAT(Find("group#member@user:anne", "{}", "c"), IsEmpty());
}

TEST_F(LookupResourcesTest, BeyondTheDepthACheckDecides) {
  std::vector<std::string> chain = {"folder:00#viewer@user:anne"};
  for (int i = 1; i <= 6; ++i) {
    chain.push_back(fmt::format("folder:0{}#parent@folder:0{}", i, i - 1));
  }
  Load(kDrive, chain);
  evaluation_.max_depth = 4;
  EXPECT_THAT(Find("folder#open@user:anne"),
              ElementsAre("00", "01", "02", "03", "04",
                          HasSubstr("the maximum depth of 4")));
}

TEST_F(LookupResourcesTest, BudgetsAreNamed) {
  Load(kDrive, {"group:a#member@user:anne", "group:b#member@user:anne",
                "group:c#member@user:anne"});
  evaluation_.max_lookup_candidates = 2;
  auto lookup = Start("group#member@user:anne");
  EXPECT_EQ(lookup.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(lookup.status().message(), HasSubstr("more than 2 resources"));
  lookup = Start("group#member@user:anne", "{}", "a");
  EXPECT_EQ(lookup.status().code(), absl::StatusCode::kResourceExhausted);
  evaluation_.max_lookup_candidates = 3;
  EXPECT_TRUE(Start("group#member@user:anne").ok());
  evaluation_.max_lookup_edges = 2;
  lookup = Start("group#member@user:anne");
  EXPECT_EQ(lookup.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(lookup.status().message(),
              HasSubstr("more than 2 relationships"));
}

TEST_F(LookupResourcesTest, RefusesWildcardsAndUnknownNames) {
  Load(kDrive, {});
  auto reason = [&](const std::string& question) {
    const auto info = GetErrorInfo(Start(question).status());
    return info ? info->reason : ErrorReason::kUnspecified;
  };
  EXPECT_EQ(reason("group#member@user:*"), ErrorReason::kWildcardNotAllowed);
  EXPECT_EQ(reason("groups#member@user:anne"), ErrorReason::kUnknownDefinition);
  EXPECT_EQ(reason("group#members@user:anne"),
            ErrorReason::kUnknownRelationOrPermission);
  EXPECT_EQ(reason("group#member@group:a#members"),
            ErrorReason::kUnknownRelationOrPermission);
  EXPECT_EQ(reason("group#member@robot:a"), ErrorReason::kUnknownDefinition);
}

// Random models ---------------------------------------------------------------

// Small random schemas and relationships of every kind that the engine tells
// apart.
class ModelMaker {
 public:
  explicit ModelMaker(uint64_t seed) : random_(seed) {}

  std::string Schema() {
    std::string text =
        "use expiration\nuse self\n"
        "caveat cav(a int, b int) { a < b }\n"
        "definition user {}\n";
    text += Definition("group", {});
    text += Definition("folder", {"parent"});
    text += Definition("doc", {"parent", "owner"});
    return text;
  }

  std::vector<std::string> Relationships(const schema::Schema& schema) {
    std::vector<std::string> rows;
    std::set<std::string> seen;
    for (int tries = 0; tries < 30; ++tries) {
      const auto& definition = Pick(schema.definitions());
      if (definition.relations.empty()) continue;
      const auto& relation = Pick(definition.relations);
      const auto& allowed = Pick(relation.allowed);
      const std::string row = fmt::format(
          "{}:{}#{}@{}:{}{}{}", definition.name, Id(), relation.name,
          allowed.type, allowed.wildcard ? "*" : Id(),
          allowed.relation.empty() ? "" : "#", allowed.relation);
      if (!seen.insert(row).second) continue;
      rows.push_back(row + Value(allowed));
    }
    return rows;
  }

  std::string Context() {
    return Pick(std::vector<std::string>{"{}", R"({"a":1})", R"({"b":5})",
                                         R"({"a":1,"b":2})", R"({"a":3,"b":2})",
                                         R"({"a":"no number"})"});
  }

  uint32_t Depth() { return Pick(std::vector<uint32_t>{1, 2, 3, 50, 50, 50}); }

  static std::vector<std::string> Ids() { return {"a", "b", "c", "d"}; }

 private:
  size_t Below(size_t n) { return random_() % n; }
  bool Chance(int percent) { return Below(100) < static_cast<size_t>(percent); }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }
  std::string Id() { return Ids()[Below(4)]; }

  std::string Value(const schema::AllowedSubject& allowed) {
    std::string value;
    if (!allowed.caveat.empty()) {
      value = Pick(std::vector<std::string>{
          "[cav]", R"([cav:{"a":1}])", R"([cav:{"b":2}])",
          R"([cav:{"a":1,"b":2}])", R"([cav:{"a":2,"b":1}])"});
    }
    if (allowed.expiration) {
      value += Chance(70) ? "[expiration:2099-01-01T00:00:00Z]"
                          : "[expiration:2001-01-01T00:00:00Z]";
    }
    return value;
  }

  std::string Some(const std::vector<std::string>& of) {
    std::vector<std::string> chosen;
    for (const std::string& one : of) {
      if (Chance(40)) chosen.push_back(one);
    }
    if (chosen.empty()) chosen.push_back(Pick(of));
    return absl::StrJoin(chosen, " | ");
  }

  std::string Definition(const std::string& name,
                         const std::vector<std::string>& arrows) {
    std::string text = "definition " + name + " {\n";
    std::vector<std::string> names = {"member", "open"};
    text += "  relation member: " +
            Some({"user", "user with cav", "user with expiration", "group",
                  "group#member", "group#member with cav", "group#one"}) +
            "\n  relation open: " +
            Some({"user:*", "user:* with cav", "group:*", "user", "folder:*"}) +
            "\n";
    for (const std::string& arrow : arrows) {
      text += fmt::format("  relation {}: {}\n", arrow,
                          Some({"folder", "group", "folder with cav",
                                "group#member", "doc", "doc#member"}));
    }
    for (const char* permission : {"one", "two", "far"}) {
      text += fmt::format("  permission {} = {}\n", permission,
                          Expression(names, arrows, 2));
      names.push_back(permission);
    }
    return text + "}\n";
  }

  std::string Expression(const std::vector<std::string>& names,
                         const std::vector<std::string>& arrows, int depth) {
    if (depth == 0 || Chance(20)) return Operand(names, arrows);
    const std::string op = Pick(std::vector<std::string>{"+", "+", "&", "-"});
    return fmt::format("({} {} {})", Expression(names, arrows, depth - 1), op,
                       Expression(names, arrows, depth - 1));
  }

  std::string Operand(const std::vector<std::string>& names,
                      const std::vector<std::string>& arrows) {
    if (Chance(4)) return "nil";
    if (Chance(6)) return "self";
    if (arrows.empty() || Chance(45)) return Pick(names);
    const std::string target =
        Pick(std::vector<std::string>{"one", "two", "far", "member", "open"});
    if (Chance(25)) return fmt::format("{}.all({})", Pick(arrows), target);
    return fmt::format("{}->{}", Pick(arrows), target);
  }

  std::mt19937_64 random_;
};

class LookupResourcesModelTest : public LookupResourcesTest {
 protected:
  // The answer of a lookup as lines; the last may be an error.
  struct Lookup {
    std::vector<std::pair<std::string, std::string>> found;  // id, printed
    std::optional<std::string> error;
  };

  // Every other page walks again.
  Lookup Run(const std::string& question, const std::string& context,
             uint32_t page_size) {
    Lookup lookup;
    std::string after;
    std::shared_ptr<const ResourceReach> reach;
    for (size_t page_number = 0;; ++page_number) {
      if (page_number % 2 == 0) reach = nullptr;
      const auto page = Start(question, context, after, page_size, reach);
      if (!page.ok()) {
        lookup.error = std::string(page.status().message());
        return lookup;
      }
      reach = (*page)->reach();
      for (uint32_t i = 0; i < page_size; ++i) {
        FoundResource found;
        const auto more = (*page)->Next(&found);
        if (!more.ok()) {
          lookup.error = std::string(more.status().message());
          return lookup;
        }
        if (!*more) return lookup;
        after = found.id;
        lookup.found.emplace_back(after, Print(found));
      }
    }
  }

  // Holds a lookup against one check for each object. Within a small depth the
  // lookup may give up where a check does, and nowhere else; what it finds, a
  // check finds that has all the depth it wants.
  void Compare(const std::string& type, const std::string& permission,
               const std::string& subject, const std::string& context,
               uint32_t page_size) {
    const std::string question = type + "#" + permission + "@" + subject;
    SCOPED_TRACE(question + " with " + context);
    const Lookup lookup = Run(question, context, page_size);
    Evaluation deep = evaluation_;
    deep.max_depth = 1000;
    CheckBatch batch(deep);
    CheckBatch shallow(evaluation_);
    size_t next = 0;
    bool may_fail_here = false;
    for (const std::string& id : ModelMaker::Ids()) {
      const std::string check =
          fmt::format("{}:{}#{}@{}", type, id, permission, subject);
      ++checks_;
      auto answer = Check(&batch, check, context);
      if (lookup.error && next == lookup.found.size()) {
        may_fail_here = may_fail_here || Ask(check, context) == *lookup.error;
      }
      if (may_fail_here) return;
      // A caveat that fails may be hidden by what lies beyond the depth.
      if (!answer.ok()) answer = Check(&shallow, check, context);
      ASSERT_TRUE(answer.ok())
          << id << " failed, the lookup did not: " << answer.status().message();
      if (answer->permissionship == Permissionship::kNoPermission) continue;
      FoundResource expected;
      expected.id = id;
      expected.permissionship = answer->permissionship;
      expected.missing_context = answer->missing_context;
      ASSERT_LT(next, lookup.found.size())
          << Print(expected) << " is missing " << lookup.error.value_or("");
      ASSERT_EQ(lookup.found[next].second, Print(expected));
      ++next;
      ++positive_;
    }
    ASSERT_EQ(next, lookup.found.size()) << "found too many";
    ASSERT_EQ(lookup.error, std::nullopt);
  }

  std::vector<std::string> Subjects(const schema::Schema& schema) {
    std::vector<std::string> subjects = {"user:a", "user:b", "user:z"};
    for (const auto& definition : schema.definitions()) {
      if (definition.name == "user") continue;
      subjects.push_back(definition.name + ":a");
      for (const std::string relation : {"member", "one", "far"}) {
        subjects.push_back(definition.name + ":b#" + relation);
      }
    }
    return subjects;
  }

  void CompareAll(const std::string& context, uint64_t salt) {
    const schema::Schema& schema = evaluation_.schema->schema();
    for (const std::string& subject : Subjects(schema)) {
      for (const auto& definition : schema.definitions()) {
        std::vector<std::string> names;
        for (const auto& r : definition.relations) names.push_back(r.name);
        for (const auto& p : definition.permissions) names.push_back(p.name);
        for (const std::string& name : names) {
          Compare(definition.name, name, subject, context, 1 + salt++ % 7);
          if (HasFatalFailure()) return;
        }
      }
    }
  }

  size_t checks_ = 0;
  size_t positive_ = 0;
};

TEST_F(LookupResourcesModelTest, AgreesWithACheckOfEveryObject) {
  const uint64_t seed = support::RandomSeed();
  std::mt19937_64 seeds(seed);
  int models = 0;
  for (int i = 0; i < 60 && !HasFailure(); ++i) {
    ModelMaker maker(seeds());
    const std::string text = maker.Schema();
    const auto schema = schema::Compile(text);
    if (!schema.ok()) continue;  // such as a wildcard behind an arrow
    const auto rows = maker.Relationships(**schema);
    const std::string context = maker.Context();
    snapshot_.reset();
    SetUp();
    Load(text, rows);
    evaluation_.max_depth = maker.Depth();
    SCOPED_TRACE(fmt::format("KITH_SEED={} model {} max_depth {}\n{}\n{}", seed,
                             i, evaluation_.max_depth, text,
                             absl::StrJoin(rows, "\n")));
    CompareAll(context, seeds());
    ++models;
  }
  // The rules of wildcards and names refuse some schemas, but not most.
  EXPECT_GT(models, 30) << seed;
  EXPECT_GT(positive_, checks_ / 100) << seed;
}

}  // namespace
}  // namespace kith::engine
