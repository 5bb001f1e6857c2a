#include "kith/lookup_subjects.h"

#include <string>
#include <vector>

#include "unit/db/database_fixture.h"

namespace kith {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LookupSubjectsTest : public DatabaseTest {
 protected:
  static LookupSubjectsRequest ViewersOf(const std::string& document) {
    LookupSubjectsRequest request;
    request.resource = ObjectRef("document", document);
    request.permission = "view";
    request.subject_type = "user";
    return request;
  }

  // All that is left of a stream.
  static std::vector<FoundSubject> Rest(SubjectStream* stream) {
    std::vector<FoundSubject> all;
    while (true) {
      auto batch = stream->Next();
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok() || batch->empty()) return all;
      all.insert(all.end(), batch->begin(), batch->end());
    }
  }

  std::vector<FoundSubject> Found(const LookupSubjectsRequest& request) {
    auto stream = db_->LookupSubjects(request);
    EXPECT_TRUE(stream.ok()) << stream.status();
    return stream.ok() ? Rest(stream->get()) : std::vector<FoundSubject>();
  }

  std::vector<std::string> Ids(const LookupSubjectsRequest& request) {
    std::vector<std::string> ids;
    for (const FoundSubject& found : Found(request)) ids.push_back(found.id);
    return ids;
  }

  Refusal RefusalTo(const LookupSubjectsRequest& request) {
    return RefusalOf(db_->LookupSubjects(request).status());
  }

  // More than a batch of a stream, of document:a.
  void WriteThousandViewers() {
    std::vector<Update> updates;
    for (int i = 0; i < 1000; ++i) {
      updates.push_back(Touch(
          Relationship(ObjectRef("document:a"), "viewer",
                       SubjectRef(ObjectRef("user", std::to_string(i))))));
    }
    MustWrite(std::move(updates));
  }
};

TEST_F(LookupSubjectsTest, TheAnswerIsOfTheRevisionThatItNames) {
  MustWrite({Touch("document:a#viewer@user:anne"),
             Touch("document:a#viewer@team:eng#member"),
             Touch("team:eng#member@user:bob")});
  auto stream = db_->LookupSubjects(ViewersOf("a"));
  ASSERT_TRUE(stream.ok()) << stream.status();
  MustWrite({Delete("document:a#viewer@user:anne"),
             Touch("document:a#viewer@user:carl")});
  const auto found = Rest(stream->get());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].id, "anne");
  EXPECT_EQ(found[1].id, "bob");
  EXPECT_THAT(Ids(ViewersOf("a")), ElementsAre("bob", "carl"));
  LookupSubjectsRequest then = ViewersOf("a");
  then.consistency = Consistency::AtExactSnapshot((*stream)->looked_up_at());
  EXPECT_THAT(Ids(then), ElementsAre("anne", "bob"));
}

TEST_F(LookupSubjectsTest, PagesOfEverySizeMakeTheWholeAnswer) {
  std::vector<Update> updates = {Touch("document:a#viewer@user:*")};
  std::vector<std::string> ids = {"*"};
  for (char c = 'a'; c <= 'm'; ++c) {
    ids.push_back(std::string(1, c));
    updates.push_back(
        Touch(Relationship(ObjectRef("document:a"), "viewer",
                           SubjectRef(ObjectRef("user", ids.back())))));
  }
  MustWrite(std::move(updates));
  ASSERT_EQ(Ids(ViewersOf("a")), ids);
  for (uint32_t limit = 1; limit <= 14; ++limit) {
    LookupSubjectsRequest request = ViewersOf("a");
    request.concrete_limit = limit;
    std::vector<std::string> paged;
    while (true) {
      const auto page = Found(request);
      size_t concrete = 0;
      for (const FoundSubject& found : page) {
        paged.push_back(found.id);
        concrete += found.id != "*";
      }
      EXPECT_LE(concrete, limit);
      if (concrete < limit) break;
      request.cursor = page.back().cursor;
      // What is written meanwhile is of another revision.
      MustWrite({Touch("document:a#viewer@user:zoe")});
    }
    EXPECT_EQ(paged, ids) << "limit " << limit;
    MustWrite({Delete("document:a#viewer@user:zoe")});
  }
}

TEST_F(LookupSubjectsTest, ACursorBehindTheWildcardGoesOnWithTheOthers) {
  // Ids may come before "*" in byte order, which the wildcard still precedes.
  MustWrite({Touch("document:a#viewer@user:*"),
             Touch("document:a#viewer@user:\"!early\""),
             Touch("document:a#viewer@user:zoe")});
  const auto all = Found(ViewersOf("a"));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].id, "*");
  EXPECT_EQ(all[1].id, "!early");
  LookupSubjectsRequest request = ViewersOf("a");
  request.cursor = all[0].cursor;
  EXPECT_THAT(Ids(request), ElementsAre("!early", "zoe"));
  request.cursor = all[1].cursor;
  EXPECT_THAT(Ids(request), ElementsAre("zoe"));
  request.cursor = all[2].cursor;
  EXPECT_THAT(Ids(request), IsEmpty());
}

TEST_F(LookupSubjectsTest, ACursorOfAnotherQueryIsRefused) {
  MustWrite({Touch("document:a#viewer@user:anne")});
  const auto found = Found(ViewersOf("a"));
  ASSERT_EQ(found.size(), 1u);
  std::vector<LookupSubjectsRequest> others(7, ViewersOf("a"));
  others[0].resource.id = "b";
  others[1].permission = "viewer";
  others[2].subject_type = "team";
  others[3].subject_type = "team";
  others[3].subject_relation = "member";
  others[4].include_wildcards = false;
  others[5].context["today"] = Value{std::string("monday")};
  others[6].resource.type = "team";
  for (size_t i = 0; i < others.size(); ++i) {
    others[i].cursor = found[0].cursor;
    EXPECT_EQ(RefusalTo(others[i]), Invalid(ErrorReason::kInvalidCursor)) << i;
  }
  LookupSubjectsRequest same = ViewersOf("a");
  same.cursor = found[0].cursor;
  same.concrete_limit = 1;
  same.consistency = Consistency::FullyConsistent();
  EXPECT_THAT(Ids(same), IsEmpty());
}

TEST_F(LookupSubjectsTest, ACursorBelowTheHorizonIsOutOfRange) {
  MustWrite({Touch("document:a#viewer@user:anne")});
  const auto found = Found(ViewersOf("a"));
  ASSERT_EQ(found.size(), 1u);
  clock_.Advance(absl::Hours(25));
  MustWrite({Touch("document:a#viewer@user:bob")});
  clock_.Advance(absl::Hours(25));
  MustWrite({Touch("document:a#viewer@user:carl")});
  ASSERT_TRUE(db_->CollectGarbage().ok());
  LookupSubjectsRequest request = ViewersOf("a");
  request.cursor = found[0].cursor;
  EXPECT_EQ(RefusalTo(request).code, absl::StatusCode::kOutOfRange);
}

TEST_F(LookupSubjectsTest, ExpiredRelationshipsAreNotThere) {
  MustWrite({Touch(Expiring("document:a#viewer@user:anne", absl::Minutes(1)))});
  EXPECT_THAT(Ids(ViewersOf("a")), ElementsAre("anne"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Ids(ViewersOf("a")), IsEmpty());
}

TEST_F(LookupSubjectsTest, MalformedAndUnknownNamesAreRefused) {
  std::vector<LookupSubjectsRequest> malformed(6, ViewersOf("a"));
  malformed[0].resource.id = "*";
  malformed[1].resource.id = "";
  malformed[2].permission = "No Name";
  malformed[3].subject_type = "";
  malformed[4].subject_relation = "No Name";
  malformed[5].context["big"] = Value{std::string(5000, 'x')};
  for (size_t i = 0; i < malformed.size(); ++i) {
    EXPECT_EQ(RefusalTo(malformed[i]), Invalid()) << i;
  }
  std::vector<LookupSubjectsRequest> unknown(5, ViewersOf("a"));
  unknown[0].resource.type = "robot";
  unknown[1].subject_type = "robot";
  unknown[2].permission = "fly";
  unknown[3].permission = "";
  unknown[4].subject_relation = "fly";
  for (size_t i = 0; i < unknown.size(); ++i) {
    EXPECT_EQ(RefusalTo(unknown[i]),
              Failed(i < 2 ? ErrorReason::kUnknownDefinition
                           : ErrorReason::kUnknownRelationOrPermission))
        << i;
  }
}

// Exclusions belong to the wildcard, which is on the first page alone; who is
// excluded for certain is on no page, and who depends on context is on both.
TEST_F(LookupSubjectsTest, ExclusionsAndConditionsStayTheSameAcrossPages) {
  for (const uint64_t kept_bytes : {uint64_t{0}, uint64_t{1} << 20}) {
    options_.lookup_cache_bytes = kept_bytes;
    Open();
    auto schema = db_->WriteSchema(R"(
      caveat at_work(office bool) { office }
      definition user {}
      definition document {
        relation viewer: user | user:* | user with at_work
        relation banned: user | user with at_work
        permission view = viewer - banned
      })");
    ASSERT_TRUE(schema.ok()) << schema.status();
    std::vector<Update> updates = {Touch("document:a#viewer@user:*")};
    for (const char* row :
         {"viewer@user:anne", "viewer@user:bob", "viewer@user:carl",
          "viewer@user:dora", "banned@user:bob", "banned@user:tom",
          "banned@user:carl[at_work]", "banned@user:tim[at_work]"}) {
      updates.push_back(Touch(Relationship("document:a#" + std::string(row))));
    }
    MustWrite(std::move(updates));
    const auto text = [](const FoundSubject& found) {
      std::string all = found.id;
      for (const auto& missing : found.missing_context) all += "?" + missing;
      for (const ExcludedSubject& out : found.excluded) {
        all += " -" + out.id;
        for (const auto& missing : out.missing_context) all += "?" + missing;
      }
      return all;
    };
    for (const uint32_t limit : {0u, 1u, 2u, 3u, 4u}) {
      LookupSubjectsRequest request = ViewersOf("a");
      request.concrete_limit = limit;
      std::vector<std::string> paged;
      while (true) {
        const auto page = Found(request);
        for (const FoundSubject& found : page) paged.push_back(text(found));
        if (page.empty() || limit == 0) break;
        request.cursor = page.back().cursor;
      }
      EXPECT_THAT(paged, ElementsAre("* -bob -carl?office -tim?office -tom",
                                     "anne", "carl?office", "dora"))
          << "limit " << limit;
    }
    LookupSubjectsRequest request = ViewersOf("a");
    request.include_wildcards = false;
    request.concrete_limit = 2;
    EXPECT_THAT(Ids(request), ElementsAre("anne", "carl"));
  }
}

TEST_F(LookupSubjectsTest, WhatNeedsNoCheckIsAtHand) {
  WriteThousandViewers();
  auto stream = db_->LookupSubjects(ViewersOf("a"));
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_TRUE((*stream)->IsAtHand());
  EXPECT_EQ(Rest(stream->get()).size(), 1000u);
  EXPECT_TRUE((*stream)->IsAtHand()) << "that there are no more";

  MustWrite({Touch("document:a#viewer@user:*")});
  stream = db_->LookupSubjects(ViewersOf("a"));
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_FALSE((*stream)->IsAtHand()) << "the wildcard may need many checks";
  ASSERT_TRUE((*stream)->Next().ok());
  EXPECT_TRUE((*stream)->IsAtHand());
}

TEST_F(LookupSubjectsTest, MoreThanABatchIsStreamed) {
  WriteThousandViewers();
  const auto ids = Ids(ViewersOf("a"));
  EXPECT_EQ(ids.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST_F(LookupSubjectsTest, LimitsAreThoseOfTheOptions) {
  options_.max_lookup_edges = 2;
  Open();
  MustWrite({Touch("document:a#viewer@user:anne"),
             Touch("document:a#viewer@user:bob")});
  EXPECT_THAT(Ids(ViewersOf("a")), ElementsAre("anne", "bob"));
  MustWrite({Touch("document:a#viewer@user:carl")});
  EXPECT_EQ(RefusalTo(ViewersOf("a")).code,
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace kith
