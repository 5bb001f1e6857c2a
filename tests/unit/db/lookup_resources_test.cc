#include <string>
#include <vector>

#include "fmt/format.h"
#include "unit/db/database_fixture.h"

namespace kith {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LookupResourcesTest : public DatabaseTest {
 protected:
  static LookupResourcesRequest View(std::string subject) {
    LookupResourcesRequest request;
    request.resource_type = "document";
    request.permission = "view";
    request.subject = SubjectRef(subject);
    return request;
  }

  struct Answer {
    std::vector<std::string> ids;
    std::string cursor;  // of the last
    Token at;
    absl::Status error;
  };

  Answer Drain(ResourceStream* stream) {
    Answer answer;
    answer.at = stream->looked_up_at();
    while (true) {
      const auto batch = stream->Next();
      if (!batch.ok()) {
        answer.error = batch.status();
        return answer;
      }
      if (batch->empty()) return answer;
      for (const FoundResource& found : *batch) {
        answer.ids.push_back(found.id);
        answer.cursor = found.cursor;
      }
    }
  }

  Answer Lookup(const LookupResourcesRequest& request) {
    const auto stream = db_->LookupResources(request);
    if (stream.ok()) return Drain(stream->get());
    Answer refused;
    refused.error = stream.status();
    return refused;
  }

  void WriteDocuments(int count) {
    std::vector<Update> updates;
    for (int i = 0; i < count; ++i) {
      updates.push_back(Touch(
          Relationship(fmt::format("document:d{:04}#viewer@user:anne", i))));
    }
    MustWrite(std::move(updates));
  }
};

TEST_F(LookupResourcesTest, AnswersAtTheNewestRevision) {
  const Token token = MustWrite({Touch("document:plan#viewer@team:eng#member"),
                                 Touch("team:eng#member@user:anne"),
                                 Touch("document:all#viewer@user:*"),
                                 Touch("document:other#owner@user:bob")});
  const Answer answer = Lookup(View("user:anne"));
  EXPECT_THAT(answer.ids, ElementsAre("all", "plan"));
  EXPECT_EQ(answer.at, token);
  EXPECT_THAT(Lookup(View("user:nobody")).ids, ElementsAre("all"));
  EXPECT_THAT(Lookup(View("team:eng#member")).ids, ElementsAre("plan"));
}

TEST_F(LookupResourcesTest, PagesOfAnySizeMakeUpTheWhole) {
  WriteDocuments(300);  // more than one batch
  const Answer whole = Lookup(View("user:anne"));
  ASSERT_THAT(whole.ids, SizeIs(300));
  LookupResourcesRequest request = View("user:anne");
  std::vector<std::string> ids;
  for (uint32_t limit = 1; ids.size() < 300; limit += 13) {
    request.limit = limit;
    const Answer page = Lookup(request);
    ASSERT_TRUE(page.error.ok()) << page.error;
    ASSERT_EQ(page.ids.size(), std::min<size_t>(limit, 300 - ids.size()));
    ids.insert(ids.end(), page.ids.begin(), page.ids.end());
    request.cursor = page.cursor;
  }
  EXPECT_EQ(ids, whole.ids);
  EXPECT_THAT(Lookup(request).ids, IsEmpty());
}

TEST_F(LookupResourcesTest, ACursorStaysAtItsRevision) {
  WriteDocuments(3);
  LookupResourcesRequest request = View("user:anne");
  request.limit = 1;
  const Answer first = Lookup(request);
  MustWrite({Delete("document:d0001#viewer@user:anne"),
             Touch("document:d0009#viewer@user:anne")});
  request.limit = 0;
  request.cursor = first.cursor;
  request.consistency = Consistency::FullyConsistent();
  const Answer rest = Lookup(request);
  EXPECT_THAT(rest.ids, ElementsAre("d0001", "d0002"));
  EXPECT_EQ(rest.at, first.at);
}

TEST_F(LookupResourcesTest, AStreamStaysAtItsRevisionAndTime) {
  WriteDocuments(200);
  MustWrite(
      {Touch(Expiring("document:late#viewer@user:anne", absl::Seconds(10)))});
  const auto stream = db_->LookupResources(View("user:anne"));
  ASSERT_TRUE(stream.ok()) << stream.status();
  DeleteRequest all;
  all.filter.resource_type = "document";
  ASSERT_TRUE(db_->DeleteByFilter(all).ok());
  clock_.Advance(absl::Hours(48));
  ASSERT_TRUE(db_->CollectGarbage().ok());
  const Answer answer = Drain(stream->get());
  EXPECT_TRUE(answer.error.ok()) << answer.error;
  EXPECT_THAT(answer.ids, SizeIs(201));
  EXPECT_EQ(answer.ids.back(), "late");
  EXPECT_THAT(Lookup(View("user:anne")).ids, IsEmpty());
}

TEST_F(LookupResourcesTest, AResumedLookupReadsTheClockAnew) {
  MustWrite({Touch("document:a#viewer@user:anne"),
             Touch(Expiring("document:b#viewer@user:anne", absl::Seconds(10))),
             Touch("document:c#viewer@user:anne")});
  LookupResourcesRequest request = View("user:anne");
  request.limit = 1;
  request.cursor = Lookup(request).cursor;
  request.limit = 0;
  EXPECT_THAT(Lookup(request).ids, ElementsAre("b", "c"));
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(Lookup(request).ids, ElementsAre("c"));
}

TEST_F(LookupResourcesTest, PagesAreTheSameWhateverIsKept) {
  std::vector<std::vector<std::string>> answers;
  for (const uint64_t bytes : {0u, 1000u, 32u << 20}) {
    SCOPED_TRACE(bytes);
    db_.reset();
    options_.lookup_cache_bytes = bytes;
    Open();
    WriteDocuments(7);
    std::vector<Update> updates = {Touch("team:a#member@user:anne"),
                                   Touch("team:b#member@team:a#member"),
                                   Touch("team:b#member@user:bob")};
    for (int i = 0; i < 9; ++i) {
      updates.push_back(Touch(Relationship(
          fmt::format("document:t{}#viewer@team:b#member", i))));
    }
    MustWrite(std::move(updates));
    LookupResourcesRequest pages[] = {View("user:anne"), View("user:bob")};
    pages[0].limit = 2;
    pages[1].limit = 1;
    std::vector<std::string> ids;
    for (bool more = true; more;) {
      more = false;
      for (LookupResourcesRequest& page : pages) {
        const Answer answer = Lookup(page);
        ASSERT_TRUE(answer.error.ok()) << answer.error;
        ids.insert(ids.end(), answer.ids.begin(), answer.ids.end());
        if (answer.ids.empty()) continue;
        more = true;
        page.cursor = answer.cursor;
      }
      // After the first pages, so no page shows it.
      MustWrite({Touch("document:zoo#viewer@team:a#member"),
                 Delete("team:b#member@team:a#member"),
                 Delete("document:t7#viewer@team:b#member")});
    }
    EXPECT_THAT(ids, SizeIs(7 + 9 + 9));
    answers.push_back(std::move(ids));
    const CacheStats stats = db_->Stats().lookup_cache;
    EXPECT_LE(stats.bytes, bytes);
    EXPECT_EQ(stats.hits > 0, bytes > 1000);
  }
  EXPECT_EQ(answers[1], answers[0]);
  EXPECT_EQ(answers[2], answers[0]);
}

TEST_F(LookupResourcesTest, WhatIsKeptEndsWithAnExpiry) {
  MustWrite({Touch(Expiring("document:b#viewer@user:anne", absl::Seconds(9))),
             Touch("team:eng#member@user:anne"),
             Touch("document:a#viewer@team:eng#member"),
             Touch("document:c#viewer@team:eng#member")});
  LookupResourcesRequest request = View("user:anne");
  request.limit = 1;
  request.cursor = Lookup(request).cursor;
  request.limit = 5;
  EXPECT_THAT(Lookup(request).ids, ElementsAre("b", "c"));
  EXPECT_EQ(db_->Stats().lookup_cache.hits, 1u);
  clock_.Advance(absl::Seconds(9));
  EXPECT_THAT(Lookup(request).ids, ElementsAre("c"));
}

TEST_F(LookupResourcesTest, ACancelledLookupEnds) {
  WriteDocuments(900);
  std::atomic<bool> cancelled{true};
  LookupResourcesRequest request = View("user:anne");
  request.cancelled = &cancelled;
  EXPECT_EQ(Lookup(request).error.code(), absl::StatusCode::kCancelled);
  cancelled = false;
  EXPECT_THAT(Lookup(request).ids, SizeIs(900));
}

TEST_F(LookupResourcesTest, CursorsOfAnotherQueryAreRefused) {
  WriteDocuments(2);
  MustWrite({Touch("team:eng#member@user:anne")});
  const std::string cursor = Lookup(View("user:anne")).cursor;
  const Refusal invalid = Invalid(ErrorReason::kInvalidCursor);
  auto refusal = [&](auto change) {
    LookupResourcesRequest request = View("user:anne");
    request.cursor = cursor;
    change(&request);
    return RefusalOf(Lookup(request).error);
  };
  EXPECT_EQ(refusal([](auto*) {}), Refusal());
  EXPECT_EQ(refusal([](auto* r) { r->subject = "user:bob"; }), invalid);
  EXPECT_EQ(refusal([](auto* r) { r->permission = "viewer"; }), invalid);
  EXPECT_EQ(refusal([](auto* r) {
              r->resource_type = "team";
              r->permission = "member";
            }),
            invalid);
  EXPECT_EQ(refusal([](auto* r) { r->subject = "team:eng#member"; }), invalid);
  EXPECT_EQ(refusal([](auto* r) { r->context["day"] = Value{true}; }), invalid);
  EXPECT_EQ(refusal([](auto* r) { r->cursor[9] ^= 1; }), invalid);

  ReadRequest read;
  read.filter.resource_type = "document";
  const auto page = db_->Read(read);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(refusal([&](auto* r) { r->cursor = page->items[0].cursor; }),
            invalid);
  read.cursor = cursor;
  EXPECT_EQ(RefusalOf(db_->Read(read).status()), invalid);
}

TEST_F(LookupResourcesTest, CursorsEndWithTheirRevision) {
  WriteDocuments(2);
  LookupResourcesRequest request = View("user:anne");
  request.limit = 1;
  request.cursor = Lookup(request).cursor;
  clock_.Advance(absl::Hours(48));
  MustWrite({Touch("document:more#viewer@user:anne")});
  clock_.Advance(absl::Hours(48));
  ASSERT_TRUE(db_->CollectGarbage().ok());
  EXPECT_EQ(Lookup(request).error.code(), absl::StatusCode::kOutOfRange);
}

TEST_F(LookupResourcesTest, MalformedRequestsAreRefused) {
  auto refusal = [&](auto change) {
    LookupResourcesRequest request = View("user:anne");
    change(&request);
    return RefusalOf(Lookup(request).error);
  };
  EXPECT_EQ(refusal([](auto* r) { r->resource_type = ""; }), Invalid());
  EXPECT_EQ(refusal([](auto* r) { r->permission = ""; }), Invalid());
  EXPECT_EQ(refusal([](auto* r) { r->subject = ""; }), Invalid());
  EXPECT_EQ(refusal([](auto* r) { r->subject = "user:*"; }),
            Invalid(ErrorReason::kWildcardNotAllowed));
  EXPECT_EQ(refusal([](auto* r) { r->resource_type = "file"; }),
            Failed(ErrorReason::kUnknownDefinition));
  EXPECT_EQ(refusal([](auto* r) { r->permission = "edit"; }),
            Failed(ErrorReason::kUnknownRelationOrPermission));
  EXPECT_EQ(refusal([](auto* r) { r->subject = "robot:r2"; }),
            Failed(ErrorReason::kUnknownDefinition));
  EXPECT_EQ(refusal([](auto* r) { r->limit = 1001; }),
            Invalid(ErrorReason::kExceedsMaximumAllowableLimit));
  EXPECT_EQ(refusal([](auto* r) {
              r->context["day"] = Value{std::string(5000, 'x')};
            }),
            Invalid());
}

TEST_F(LookupResourcesTest, LimitsAreOptions) {
  db_.reset();
  options_.max_lookup_candidates = 4;
  options_.max_lookup_limit = 5;
  Open();
  WriteDocuments(9);
  // They need not be remembered.
  EXPECT_THAT(Lookup(View("user:anne")).ids, SizeIs(9));
  for (const char* team : {"a", "b", "c", "d", "e"}) {
    MustWrite({Touch(Relationship(fmt::format("team:{}#member@user:anne",
                                              team)))});
  }
  LookupResourcesRequest teams = View("user:anne");
  teams.resource_type = "team";
  teams.permission = "member";
  const Answer answer = Lookup(teams);
  EXPECT_EQ(answer.error.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(answer.error.message(), HasSubstr("more than 4 resources"));
  LookupResourcesRequest request = View("user:anne");
  request.limit = 6;
  EXPECT_EQ(MetadataOf(Lookup(request).error),
            (std::map<std::string, std::string>{
                {"limit_provided", "6"}, {"maximum_limit_allowed", "5"}}));
}

}  // namespace
}  // namespace kith
