#include "engine/lookup_subjects.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "fmt/ranges.h"
#include "gmock/gmock.h"
#include "kith/errors.h"
#include "support/implied_subject.h"
#include "support/seed.h"
#include "unit/engine/engine_fixture.h"

namespace kith::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kSchema[] = R"(
use expiration
use self
caveat flag(on bool) { on }
caveat both(on bool, off bool) { on && !off }
caveat broken(number int) { 1 / number == 1 }
definition user {
  relation manager: user
  permission boss = manager + self
}
definition group {
  relation member: user | user with flag | user with expiration | group#member | group#member with both | group#active
  relation everyone: user:* | user:* with flag
  relation out: user | user:* | user with both | group#member
  permission active = member + everyone - out
}
definition folder {
  relation parent: folder | folder with flag
  relation viewer: user | user:* | user:* with flag | user with both | user with broken | user:* with broken | group#member | group#active
  relation banned: user | user:* | user with flag | user:* with both | group#active
  permission view = (viewer + parent->view) - banned
  permission strict = parent.all(view)
  permission mutual = view & viewer
  permission odd = viewer - (banned - parent->viewer)
  permission inherit = viewer + parent->inherit
  permission knot = viewer - parent->knot
  permission never = viewer - viewer
}
)";

LookupSubjectsRequest Request(const std::string& resource,
                              const std::string& permission,
                              const std::string& kind) {
  LookupSubjectsRequest request;
  request.resource = ObjectRef(resource);
  request.permission = permission;
  const size_t hash = kind.find('#');
  request.subject_type = kind.substr(0, hash);
  if (hash != std::string::npos) {
    request.subject_relation = kind.substr(hash + 1);
  }
  return request;
}

// "anne", "anne? missing on,off", "* - bob - carl? missing on".
std::string Text(const std::string& id, Permissionship permissionship,
                 const std::vector<std::string>& missing) {
  if (permissionship == Permissionship::kHasPermission) return id;
  return fmt::format("{}? missing {}", id, fmt::join(missing, ","));
}
std::string Text(const FoundSubject& found) {
  std::string text =
      Text(found.id, found.permissionship, found.missing_context);
  for (const ExcludedSubject& out : found.excluded) {
    text += " - " + Text(out.id, out.permissionship, out.missing_context);
  }
  return text;
}

class LookupSubjectsTest : public EngineTest {
 protected:
  absl::StatusOr<std::vector<FoundSubject>> Lookup(
      const LookupSubjectsRequest& request, std::string_view last = "") {
    KITH_ASSIGN_OR_RETURN(const auto lookup,
                          SubjectLookup::Start(evaluation_, request));
    if (!last.empty()) lookup->Skip(last);
    std::vector<FoundSubject> all;
    while (true) {
      FoundSubject found;
      KITH_ASSIGN_OR_RETURN(const bool more, lookup->Next(&found));
      if (!more) return all;
      all.push_back(std::move(found));
    }
  }

  // Each subject as Text, or the error.
  std::vector<std::string> Find(const std::string& resource,
                                const std::string& permission,
                                const std::string& kind = "user") {
    const auto found = Lookup(Request(resource, permission, kind));
    if (!found.ok()) return {"error: " + std::string(found.status().message())};
    std::vector<std::string> texts;
    for (const FoundSubject& subject : *found) texts.push_back(Text(subject));
    return texts;
  }
};

TEST_F(LookupSubjectsTest, RelationsGroupsAndArrowsAreFollowed) {
  Load(kSchema,
       {"folder:docs#viewer@user:bob", "folder:docs#viewer@group:eng#member",
        "group:eng#member@user:anne", "group:eng#member@group:core#member",
        "group:core#member@user:dora", "group:core#member@user:bob",
        "folder:docs#parent@folder:root", "folder:root#viewer@user:carl",
        "folder:root#banned@user:anne", "folder:other#viewer@user:emil"});
  EXPECT_THAT(Find("folder:docs", "view"),
              ElementsAre("anne", "bob", "carl", "dora"));
  EXPECT_THAT(Find("folder:docs", "viewer"),
              ElementsAre("anne", "bob", "dora"));
  EXPECT_THAT(Find("folder:docs", "strict"), ElementsAre("carl"));
  EXPECT_THAT(Find("folder:none", "view"), IsEmpty());
  EXPECT_THAT(Find("folder:docs", "view", "group"), IsEmpty());
  EXPECT_THAT(Find("user:anne", "boss"), ElementsAre("anne"));
}

TEST_F(LookupSubjectsTest, SubjectSetsAreSubjectsAndMembersOfThemselves) {
  Load(kSchema,
       {"folder:docs#viewer@group:eng#member",
        "group:eng#member@group:core#member", "group:core#member@user:dora"});
  EXPECT_THAT(Find("folder:docs", "view", "group#member"),
              ElementsAre("core", "eng"));
  EXPECT_THAT(Find("group:eng", "member", "group#member"),
              ElementsAre("core", "eng"));
  EXPECT_THAT(Find("folder:docs", "view", "folder#view"), ElementsAre("docs"));
}

TEST_F(LookupSubjectsTest, WildcardsComeFirstWithThoseTheyExclude) {
  Load(kSchema,
       {"folder:open#viewer@user:*", "folder:open#viewer@user:zoe",
        "folder:open#viewer@user:anne", "folder:open#banned@user:tom",
        "folder:open#banned@user:anne", "folder:shut#viewer@user:anne",
        "folder:shut#banned@user:*", "folder:open#parent@folder:top",
        "folder:top#viewer@user:*", "folder:open#viewer@group:g#active",
        "group:g#member@user:bob"});
  EXPECT_THAT(Find("folder:open", "view"),
              ElementsAre("* - anne - tom", "bob", "zoe"));
  EXPECT_THAT(Find("folder:open", "viewer"),
              ElementsAre("*", "anne", "bob", "zoe"));
  EXPECT_THAT(Find("folder:shut", "view"), IsEmpty());
  EXPECT_THAT(Find("folder:open", "strict"), ElementsAre("*"));
  EXPECT_THAT(Find("folder:open", "mutual"),
              ElementsAre("* - anne - tom", "bob", "zoe"));
  // Taken from everyone, given back to one of them.
  EXPECT_THAT(Find("folder:open", "view", "group#active"), ElementsAre("g"));
}

// Who is excluded from what is excluded is there by name alone.
TEST_F(LookupSubjectsTest, ExclusionsFromAnExcludedWildcardAreSubjects) {
  Load(kSchema, {"folder:a#viewer@user:*", "folder:a#banned@user:*",
                 "folder:a#parent@folder:b", "folder:b#viewer@user:anne"});
  EXPECT_THAT(Find("folder:a", "odd"), ElementsAre("anne"));
  EXPECT_THAT(Find("folder:a", "view"), IsEmpty());
}

TEST_F(LookupSubjectsTest, WithoutWildcardsTheOthersStay) {
  Load(kSchema, {"folder:open#viewer@user:*", "folder:open#viewer@user:zoe",
                 "folder:open#banned@user:tom"});
  LookupSubjectsRequest request = Request("folder:open", "view", "user");
  request.include_wildcards = false;
  const auto found = Lookup(request);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(Text(found->front()), "zoe");
}

TEST_F(LookupSubjectsTest, ConditionalSubjectsNameWhatIsMissing) {
  Load(kSchema,
       {"folder:a#viewer@user:*[flag]", "folder:a#viewer@user:anne[both]",
        "folder:a#viewer@user:bob", "folder:a#banned@user:carl",
        "folder:b#viewer@user:*", "folder:b#banned@user:dora[flag]",
        "folder:b#viewer@user:emil", "folder:b#banned@user:emil[flag]"});
  EXPECT_THAT(
      Find("folder:a", "view"),
      ElementsAre("*? missing on - carl", "anne? missing off,on", "bob"));
  EXPECT_THAT(Find("folder:b", "view"),
              ElementsAre("* - dora? missing on - emil? missing on",
                          "emil? missing on"));
  LookupSubjectsRequest request = Request("folder:a", "view", "user");
  request.context["on"] = kith::Value{true};
  const auto given = Lookup(request);
  ASSERT_TRUE(given.ok()) << given.status();
  ASSERT_EQ(given->size(), 3u);
  EXPECT_EQ(Text((*given)[0]), "* - carl");
  EXPECT_EQ(Text((*given)[1]), "anne");
}

// A caveat that fails is an error of those whose answer hangs on it.
TEST_F(LookupSubjectsTest, FailedCaveatsFailOnlyWhatHangsOnThem) {
  Load(kSchema, {"folder:a#viewer@user:anne[broken:{\"number\":0}]",
                 "folder:b#viewer@user:*[broken:{\"number\":0}]",
                 "folder:b#viewer@user:anne",
                 "folder:c#viewer@user:anne[broken:{\"number\":0}]",
                 "folder:c#banned@user:*", "folder:c#viewer@user:bob"});
  for (const char* folder : {"folder:a", "folder:b"}) {
    const auto found = Lookup(Request(folder, "view", "user"));
    EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
    const auto info = GetErrorInfo(found.status());
    ASSERT_TRUE(info.has_value()) << found.status();
    EXPECT_EQ(info->reason, ErrorReason::kCaveatEvaluationError);
  }
  EXPECT_THAT(Find("folder:c", "view"), IsEmpty());
}

TEST_F(LookupSubjectsTest, UnknownNamesAreRefused) {
  Load(kSchema, {});
  EXPECT_THAT(Find("nothing:a", "view"), ElementsAre(HasSubstr("nothing")));
  EXPECT_THAT(Find("folder:a", "fly"), ElementsAre(HasSubstr("fly")));
  EXPECT_THAT(Find("folder:a", "view", "robot"),
              ElementsAre(HasSubstr("robot")));
  EXPECT_THAT(Find("folder:a", "view", "group#fly"),
              ElementsAre(HasSubstr("fly")));
}

TEST_F(LookupSubjectsTest, CyclesHaveTheirLeastFixpoint) {
  std::vector<std::string> rows = {"folder:a#viewer@group:g0#member"};
  for (int i = 0; i < 40; ++i) {
    rows.push_back(
        fmt::format("group:g{}#member@group:g{}#member", i, (i + 1) % 40));
    rows.push_back(fmt::format("group:g{}#member@user:u{:02}", i, i));
  }
  rows.push_back("folder:a#parent@folder:b");
  rows.push_back("folder:b#parent@folder:a");
  rows.push_back("folder:b#viewer@user:anne");
  rows.push_back("folder:b#banned@user:u07");
  Load(kSchema, rows);
  EXPECT_EQ(Find("folder:a", "view").size(), 41u);
  // u07 is banned on b alone; through a it comes back, and is banned again.
  EXPECT_EQ(Find("folder:b", "view").size(), 40u);
}

TEST_F(LookupSubjectsTest, ADepthThatMattersIsAnErrorAndNoOther) {
  Load(kSchema, {"folder:a#parent@folder:b", "folder:b#parent@folder:c",
                 "folder:c#viewer@user:anne", "folder:a#viewer@user:bob",
                 "folder:a#viewer@user:*", "folder:d#parent@folder:b",
                 "folder:d#banned@user:*"});
  evaluation_.max_depth = 2;
  EXPECT_THAT(Find("folder:a", "inherit"), ElementsAre("*", "anne", "bob"));
  evaluation_.max_depth = 1;
  // The wildcard gives it to everyone already.
  EXPECT_THAT(Find("folder:a", "inherit"), ElementsAre("*", "bob"));
  EXPECT_THAT(Find("folder:b", "inherit"), ElementsAre("anne"));
  EXPECT_THAT(Find("folder:d", "inherit"),
              ElementsAre(HasSubstr("maximum depth of 1")));
  // Nobody is left, whatever lies beyond.
  EXPECT_THAT(Find("folder:d", "view"), IsEmpty());
}

TEST_F(LookupSubjectsTest, RecursionThroughExclusionIsDecidedOrAnError) {
  Load(kSchema, {"folder:a#parent@folder:b", "folder:b#parent@folder:a",
                 "folder:a#viewer@user:anne", "folder:c#parent@folder:c",
                 "folder:c#viewer@user:anne"});
  EXPECT_THAT(Find("folder:a", "knot"), ElementsAre("anne"));
  EXPECT_THAT(Find("folder:b", "knot"), IsEmpty());
  EXPECT_THAT(Find("folder:c", "knot"),
              ElementsAre(HasSubstr("recursion through exclusion")));
}

// Costs -----------------------------------------------------------------------

// Each folder is reached on twice as many ways as the one before: the ways
// must not be walked one by one.
TEST_F(LookupSubjectsTest, ManyWaysToTheSameObjectCostItOnce) {
  std::vector<std::string> rows;
  for (int i = 0; i < 40; ++i) {
    for (const char* side : {"l", "r"}) {
      rows.push_back(fmt::format("folder:n{}#parent@folder:{}{}", i, side, i));
      rows.push_back(
          fmt::format("folder:{}{}#parent@folder:n{}", side, i, i + 1));
    }
  }
  rows.push_back("folder:n40#viewer@user:anne");
  Load(kSchema, rows);
  evaluation_.max_depth = 100;
  evaluation_.max_lookup_edges = 2'000;
  evaluation_.max_lookup_subjects = 5'000;
  EXPECT_THAT(Find("folder:n0", "view"), ElementsAre("anne"));
  EXPECT_THAT(Find("folder:n0", "strict"), ElementsAre("anne"));
}

TEST_F(LookupSubjectsTest, ALargeGroupIsNotCopiedOnItsWayUp) {
  constexpr int kMembers = 20'000;
  std::vector<std::string> rows;
  for (int i = 0; i < kMembers; ++i) {
    rows.push_back(fmt::format("group:g30#member@user:u{}", i));
  }
  for (int i = 0; i < 30; ++i) {
    rows.push_back(fmt::format("group:g{}#member@group:g{}#member", i, i + 1));
  }
  rows.push_back("folder:a#viewer@group:g0#member");
  Load(kSchema, rows);
  evaluation_.max_lookup_subjects = kMembers;
  const auto found = Lookup(Request("folder:a", "view", "user"));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->size(), kMembers);
}

TEST_F(LookupSubjectsTest, AClusterOfGroupsIsOneUnion) {
  std::vector<std::string> rows = {"folder:a#viewer@group:g0#member"};
  constexpr int kGroups = 200;
  for (int i = 0; i < kGroups; ++i) {
    for (int j = 0; j < 20; ++j) {
      rows.push_back(fmt::format("group:g{}#member@user:u{}", i, i * 20 + j));
    }
    for (const int step : {1, 7, 31}) {
      rows.push_back(fmt::format("group:g{}#member@group:g{}#member", i,
                                 (i + step) % kGroups));
    }
  }
  Load(kSchema, rows);
  // Merged in pairs: members times the levels of a tree over the groups.
  evaluation_.max_lookup_subjects = 20 * kGroups * 10;
  const auto found = Lookup(Request("folder:a", "view", "user"));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->size(), 20u * kGroups);
}

TEST_F(LookupSubjectsTest, LimitsAreErrorsThatNameThem) {
  Load(kSchema, {"folder:a#viewer@user:anne", "folder:a#viewer@user:bob",
                 "folder:a#viewer@group:g#member", "group:g#member@user:carl"});
  evaluation_.max_lookup_edges = 5;
  EXPECT_THAT(Find("folder:a", "viewer"), ElementsAre("anne", "bob", "carl"));
  evaluation_.max_lookup_edges = 3;
  EXPECT_THAT(Find("folder:a", "viewer"),
              ElementsAre(HasSubstr("more than 3 relationships")));
  evaluation_.max_lookup_edges = 5;
  evaluation_.max_lookup_subjects = 2;
  const auto found = Lookup(Request("folder:a", "viewer", "user"));
  EXPECT_EQ(found.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(found.status().message(), HasSubstr("more than 2 subjects"));
}

// Pointwise -------------------------------------------------------------------

class RandomModel {
 public:
  explicit RandomModel(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

  std::vector<std::string> Rows() {
    // By relation, so that each kind of relationship gets its share.
    static const std::vector<std::vector<std::string>> kForms = {
        {"group:G#member@user:U", "group:G#member@user:U[flag]",
         "group:G#member@group:G#member", "group:G#member@group:G#active",
         "group:G#member@group:G#member[both]",
         "group:G#member@user:U[expiration:2001-01-01T00:00:00Z]"},
        {"group:G#everyone@user:*", "group:G#everyone@user:*[flag]"},
        {"group:G#out@user:U", "group:G#out@user:*", "group:G#out@user:U[both]",
         "group:G#out@group:G#member"},
        {"folder:F#parent@folder:F", "folder:F#parent@folder:F[flag]"},
        {"folder:F#viewer@user:U", "folder:F#viewer@user:*",
         "folder:F#viewer@user:*[flag]",
         "folder:F#viewer@user:U[both:{\"on\":true}]",
         "folder:F#viewer@group:G#member", "folder:F#viewer@group:G#active"},
        {"folder:F#banned@user:U", "folder:F#banned@user:*",
         "folder:F#banned@user:U[flag]",
         "folder:F#banned@user:*[both:{\"off\":false}]",
         "folder:F#banned@group:G#active"}};
    std::map<std::string, std::string> by_identity;
    const size_t count = 3 + Below(25);
    while (by_identity.size() < count) {
      std::string row;
      for (const char c : Pick(Pick(kForms))) {
        if (c == 'U') {
          row += Pick(users);
        } else if (c == 'G') {
          row += Pick(groups);
        } else if (c == 'F') {
          row += Pick(folders);
        } else {
          row += c;
        }
      }
      by_identity.emplace(row.substr(0, row.find('[')), row);
    }
    std::vector<std::string> rows;
    for (auto& [identity, row] : by_identity) rows.push_back(row);
    return rows;
  }

  // Ids that no keyword of a row's form has letters of.
  const std::vector<std::string> users = {"anne", "bob", "carl"};
  const std::vector<std::string> groups = {"x", "y", "z"};
  const std::vector<std::string> folders = {"a", "b", "c", "d"};

 private:
  std::mt19937_64 random_;
};

constexpr char kUnmentioned[] = "never_seen";

// What the answer says of one subject.
std::string Implied(const std::vector<FoundSubject>& found,
                    const std::string& id) {
  const support::ImpliedSubject said = support::Implied(found, id);
  if (said.permissionship == Permissionship::kNoPermission) return "no";
  const bool misses_the_same = !said.by_wildcard || id == kUnmentioned;
  return Text(
      "", said.permissionship,
      misses_the_same ? said.missing_context : std::vector<std::string>());
}

class PointwiseTest : public LookupSubjectsTest {
 protected:
  void ExpectLikeChecks(const LookupSubjectsRequest& request,
                        const std::vector<std::string>& ids) {
    const auto found = Lookup(request);
    CheckBatch batch(evaluation_);
    absl::Status refused;
    for (const std::string& id : ids) {
      const auto answer =
          batch.Check(request.resource, request.permission,
                      SubjectRef(ObjectRef(request.subject_type, id),
                                 request.subject_relation),
                      request.context);
      if (!answer.ok()) {
        refused.Update(answer.status());
        continue;
      }
      if (!found.ok()) continue;
      const std::string checked =
          answer->permissionship == Permissionship::kNoPermission
              ? "no"
              : Text("", answer->permissionship, answer->missing_context);
      const std::string implied = Implied(*found, id);
      if (implied == "? missing ") {
        EXPECT_THAT(checked, HasSubstr("?")) << id;
      } else {
        EXPECT_EQ(implied, checked) << id;
      }
    }
    // A lookup has no answer exactly when a check of some subject has none; the
    // check's error also names the way it went.
    EXPECT_EQ(found.status().code(), refused.code())
        << found.status() << " but " << refused;
    (found.ok() ? answered_ : refused_) += 1;
    if (found.ok()) ExpectWellFormed(request, *found);
  }

  void ExpectWellFormed(const LookupSubjectsRequest& request,
                        const std::vector<FoundSubject>& all) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < all.size(); ++i) {
      EXPECT_TRUE(i < 2 || all[i - 1].id < all[i].id) << all[i].id;
      EXPECT_NE(all[i].permissionship, Permissionship::kNoPermission);
      EXPECT_TRUE(i == 0 || all[i].id != kWildcardId);
      texts.push_back(Text(all[i]));
    }
    for (size_t i = 0; i < all.size(); ++i) {
      const auto rest = Lookup(request, all[i].id);
      ASSERT_TRUE(rest.ok()) << rest.status();
      ASSERT_EQ(rest->size(), all.size() - i - 1);
      if (rest->empty()) continue;
      EXPECT_EQ(Text(rest->front()), texts[i + 1]);
    }
  }

  int answered_ = 0;
  int refused_ = 0;
};

TEST_F(PointwiseTest, EverySubjectIsWhatACheckSays) {
  const uint64_t base = support::RandomSeed();
  for (uint64_t seed = base; seed < base + 40 && !HasFailure(); ++seed) {
    RandomModel model(seed);
    const std::vector<std::string> rows = model.Rows();
    SCOPED_TRACE(fmt::format("seed {}\n{}", seed, fmt::join(rows, "\n")));
    snapshot_.reset();  // of the store that SetUp replaces
    SetUp();
    Load(kSchema, rows);
    evaluation_.max_depth = model.Below(3) == 0 ? 1 + model.Below(4) : 50;
    for (const std::string& folder : model.folders) {
      for (const char* permission :
           {"view", "strict", "mutual", "odd", "inherit", "knot", "never"}) {
        for (const char* kind : {"user", "group#member", "folder#view"}) {
          LookupSubjectsRequest request =
              Request("folder:" + folder, permission, kind);
          if (model.Below(2) == 0) {
            request.context["on"] = kith::Value{model.Below(2) == 0};
          }
          SCOPED_TRACE(fmt::format("folder:{} {} {} depth {}", folder,
                                   permission, kind, evaluation_.max_depth));
          std::vector<std::string> ids = model.users;
          ids.insert(ids.end(), model.groups.begin(), model.groups.end());
          ids.insert(ids.end(), model.folders.begin(), model.folders.end());
          ids.push_back(kUnmentioned);
          ExpectLikeChecks(request, ids);
          if (HasFailure()) return;
        }
      }
    }
  }
  EXPECT_GT(answered_, 10 * refused_);
  EXPECT_GT(refused_, 0);
}

}  // namespace
}  // namespace kith::engine
