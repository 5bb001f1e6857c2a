#include "workloads/workload.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "kith/database.h"
#include "workloads/questions.h"

namespace kith::bench {
namespace {

// Workloads by name, as small as they come, in a database in memory.
class WorkloadTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const Entry* entry = FindEntry(GetParam());
    ASSERT_NE(entry, nullptr);
    workload_ = entry->make(kScale, kSeed);
  }

  // Opens `db_` and loads everything.
  void Load() {
    Options options;
    options.in_memory = true;
    options.max_depth = workload_->max_depth();
    auto opened = Database::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    db_ = *std::move(opened);
    auto written = db_->WriteSchema(workload_->schema());
    ASSERT_TRUE(written.ok()) << written.status();
    // Create mode refuses what comes twice.
    auto import = db_->NewImport({});
    std::vector<Relationship> part;
    for (uint64_t i = 0; i < workload_->relationship_count(); ++i) {
      part.push_back(workload_->At(i));
    }
    auto added = import->Add(std::move(part));
    ASSERT_TRUE(added.ok()) << added;
    auto committed = import->Commit();
    ASSERT_TRUE(committed.ok()) << committed.status();
  }

  void ExpectRight(const CheckQuestion& question) {
    CheckRequest request;
    request.resource = question.resource;
    request.permission = question.permission;
    request.subject = question.subject;
    request.context = question.context;
    auto result = db_->Check(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->permissionship, question.expected)
        << question.resource.ToString() << "#" << question.permission << "@"
        << question.subject.ToString();
  }

  static constexpr double kScale = 0.004;
  static constexpr uint64_t kSeed = 5;
  std::unique_ptr<Workload> workload_;
  std::unique_ptr<Database> db_;
};

TEST_P(WorkloadTest, ChecksAreAnsweredAsExpected) {
  ASSERT_NO_FATAL_FAILURE(Load());
  std::set<Permissionship> answers;
  for (Keys keys : {Keys::kZipf, Keys::kUniform}) {
    Questions questions(workload_.get(), 11, keys);
    for (int i = 0; i < 300; ++i) {
      CheckQuestion question = questions.Check();
      answers.insert(question.expected);
      ASSERT_NO_FATAL_FAILURE(ExpectRight(question));
    }
    for (const CheckQuestion& question : questions.Bulk(100)) {
      ASSERT_NO_FATAL_FAILURE(ExpectRight(question));
    }
  }
  EXPECT_TRUE(answers.contains(Permissionship::kHasPermission));
  EXPECT_TRUE(answers.contains(Permissionship::kNoPermission));
}

TEST_P(WorkloadTest, LookupsFindAsManyAsExpected) {
  ASSERT_NO_FATAL_FAILURE(Load());
  Questions questions(workload_.get(), 12, Keys::kUniform);
  for (int i = 0; i < 5; ++i) {
    if (auto question = questions.LookupResources()) {
      LookupResourcesRequest request;
      request.resource_type = question->resource_type;
      request.permission = question->permission;
      request.subject = question->subject;
      auto stream = db_->LookupResources(request);
      ASSERT_TRUE(stream.ok()) << stream.status();
      uint64_t found = 0;
      while (true) {
        auto some = (*stream)->Next();
        ASSERT_TRUE(some.ok()) << some.status();
        if (some->empty()) break;
        found += some->size();
      }
      EXPECT_EQ(found, question->expected.value_or(found));
    }
    if (auto question = questions.LookupSubjects()) {
      LookupSubjectsRequest request;
      request.resource = question->resource;
      request.permission = question->permission;
      request.subject_type = question->subject_type;
      auto stream = db_->LookupSubjects(request);
      ASSERT_TRUE(stream.ok()) << stream.status();
      uint64_t found = 0;
      while (true) {
        auto some = (*stream)->Next();
        ASSERT_TRUE(some.ok()) << some.status();
        if (some->empty()) break;
        found += some->size();
      }
      EXPECT_EQ(found, question->expected.value_or(found));
    }
  }
}

TEST_P(WorkloadTest, WritesChangeNoAnswerAndDoNotAddUp) {
  ASSERT_NO_FATAL_FAILURE(Load());
  Questions questions(workload_.get(), 13, Keys::kZipf);
  for (size_t batch : {1, 1, 100, 100, 1}) {
    std::vector<Update> updates = questions.Write(batch);
    EXPECT_EQ(updates.size(), batch);
    auto written = db_->Write(std::move(updates));
    ASSERT_TRUE(written.ok()) << written.status();
    for (int i = 0; i < 20; ++i) {
      ASSERT_NO_FATAL_FAILURE(ExpectRight(questions.Check()));
    }
  }
  ASSERT_TRUE(db_->Write(questions.Write(1)).ok());
  ReadRequest everything;
  uint64_t count = 0;
  for (std::string type : {"document", "folder", "group", "organization"}) {
    everything.filter.resource_type = type;
    everything.cursor.clear();
    while (true) {
      auto page = db_->Read(everything);
      if (!page.ok()) break;  // a type that the workload lacks
      count += page->items.size();
      if (!page->more) break;
      everything.cursor = page->items.back().cursor;
    }
  }
  EXPECT_EQ(count, workload_->relationship_count());
}

TEST_P(WorkloadTest, SeedMakesTheSameRelationshipsAndQuestions) {
  auto again = FindEntry(GetParam())->make(kScale, kSeed);
  ASSERT_EQ(again->relationship_count(), workload_->relationship_count());
  for (uint64_t i = 0; i < workload_->relationship_count(); ++i) {
    ASSERT_EQ(again->At(i), workload_->At(i));
  }
  Questions first(workload_.get(), 14, Keys::kZipf);
  Questions second(again.get(), 14, Keys::kZipf);
  for (int i = 0; i < 100; ++i) {
    CheckQuestion a = first.Check();
    CheckQuestion b = second.Check();
    EXPECT_EQ(a.resource, b.resource);
    EXPECT_EQ(a.subject, b.subject);
    EXPECT_EQ(a.context, b.context);
    EXPECT_EQ(a.expected, b.expected);
  }
}

std::vector<std::string> Names() {
  // 100,000 results and 10,000 groups take their time at any scale, and other
  // numbers of them are the same code.
  const std::set<std::string_view> left_out = {"lookup-resources-100k",
                                               "lookup-subjects-100k",
                                               "nested-groups-10k",
                                               "double-wide-arrow",
                                               "drive-page",
                                               "write-1",
                                               "write-100",
                                               "import"};
  std::vector<std::string> names;
  for (const Entry& entry : Entries()) {
    if (!left_out.contains(entry.name)) names.emplace_back(entry.name);
  }
  return names;
}

std::string TestName(const testing::TestParamInfo<std::string>& workload) {
  std::string name = workload.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, WorkloadTest, testing::ValuesIn(Names()),
                         TestName);

TEST(EntriesTest, NamesAreDifferentAndFound) {
  std::set<std::string_view> names;
  for (const Entry& entry : Entries()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
    EXPECT_EQ(FindEntry(entry.name), &entry);
  }
  EXPECT_EQ(FindEntry("no such workload"), nullptr);
}

TEST(EntriesTest, DriveOfScaleOneHasAboutAMillionRelationships) {
  uint64_t count = FindEntry("drive")->make(1, 1)->relationship_count();
  EXPECT_GT(count, 900'000u);
  EXPECT_LT(count, 1'100'000u);
}

}  // namespace
}  // namespace kith::bench
