#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "acceptance/suite.h"
#include "kith/database.h"

// Every scenario of the suites holds, each in a database of its own: its
// checks, asked one by one and in bulk, its lookups, and its checks after time
// has passed.

namespace kith::acceptance {
namespace {

namespace fs = std::filesystem;

const fs::path kSuites =
    fs::path(KITH_SOURCE_DIR) / ".." / "shared" / "acceptance";

struct Counts {
  size_t checks = 0;
  size_t lookups = 0;
  size_t decisions_not_run = 0;
};

CheckRequest RequestOf(const Question& question) {
  const Relationship parts(question.text);
  CheckRequest request;
  request.resource = parts.resource;
  request.permission = parts.relation;
  request.subject = parts.subject;
  request.context = question.context;
  return request;
}

class Runner {
 public:
  Runner(const Suite& suite, const Scenario& scenario)
      : suite_(suite), scenario_(scenario) {}

  void Run(Counts* counts) {
    Options options;
    options.in_memory = true;
    options.now = [this] { return now_; };  // moved while nothing is under way
    options.gc_interval = absl::Hours(1'000'000);
    auto opened = Database::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
    const auto schema = database_->WriteSchema(suite_.schema);
    ASSERT_TRUE(schema.ok()) << schema.status();
    ASSERT_NO_FATAL_FAILURE(Apply(Update::Operation::kTouch, suite_.fixture));
    ASSERT_NO_FATAL_FAILURE(Apply(Update::Operation::kTouch, scenario_.writes));
    ASSERT_NO_FATAL_FAILURE(
        Apply(Update::Operation::kDelete, scenario_.deletes));
    Ask(scenario_.checks);
    for (const Lookup& lookup : scenario_.lookups) Look(lookup);
    now_ += scenario_.wait;
    Ask(scenario_.checks_after);
    counts->checks += scenario_.checks.size() + scenario_.checks_after.size();
    counts->lookups += scenario_.lookups.size();
    counts->decisions_not_run += scenario_.decisions;
  }

 private:
  void Apply(Update::Operation operation,
             const std::vector<std::string>& texts) {
    std::vector<Update> updates;
    for (const std::string& text : texts) {
      auto parsed = Relationship::Parse(WithAbsoluteExpiry(text, now_));
      ASSERT_TRUE(parsed.ok()) << parsed.status();
      updates.push_back({operation, *std::move(parsed)});
    }
    const auto written = database_->Write(std::move(updates));
    ASSERT_TRUE(written.ok()) << written.status();
  }

  void Ask(const std::vector<Question>& questions) {
    BulkCheckRequest bulk;
    for (const Question& question : questions) {
      SCOPED_TRACE(question.text);
      const CheckRequest request = RequestOf(question);
      const auto answer = database_->Check(request);
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(answer->permissionship, question.expected);
      bulk.items.push_back({request.resource, request.permission,
                            request.subject, request.context});
    }
    const auto answers = database_->CheckBulk(bulk);
    ASSERT_TRUE(answers.ok()) << answers.status();
    for (size_t i = 0; i < questions.size(); ++i) {
      SCOPED_TRACE(questions[i].text + " in bulk");
      ASSERT_TRUE(answers->answers[i].ok()) << answers->answers[i].status();
      EXPECT_EQ(answers->answers[i]->permissionship, questions[i].expected);
    }
  }

  void Look(const Lookup& lookup) {
    SCOPED_TRACE(lookup.type + " by " + lookup.permission + " for " +
                 lookup.given);
    std::vector<std::string> found;
    if (lookup.kind == Lookup::Kind::kResources) {
      LookupResourcesRequest request;
      request.resource_type = lookup.type;
      request.permission = lookup.permission;
      request.subject = SubjectRef(lookup.given);
      request.context = lookup.context;
      Drain(database_->LookupResources(request), &found);
    } else {
      LookupSubjectsRequest request;
      request.resource = ObjectRef(lookup.given);
      request.permission = lookup.permission;
      request.subject_type = lookup.type;
      request.context = lookup.context;
      Drain(database_->LookupSubjects(request), &found);
    }
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, lookup.expected);
  }

  // The ids of a stream, under conditions too.
  template <typename Stream>
  void Drain(absl::StatusOr<Stream> stream, std::vector<std::string>* found) {
    ASSERT_TRUE(stream.ok()) << stream.status();
    for (;;) {
      const auto items = (*stream)->Next();
      ASSERT_TRUE(items.ok()) << items.status();
      if (items->empty()) return;
      for (const auto& item : *items) found->push_back(item.id);
    }
  }

  const Suite& suite_;
  const Scenario& scenario_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  std::unique_ptr<Database> database_;
};

void RunSuite(const std::string& name, size_t scenarios_at_least) {
  const fs::path folder = kSuites / name;
  if (!fs::exists(folder)) {
    GTEST_SKIP() << "no suite in " << folder.lexically_normal().string();
  }
  const Suite suite = LoadSuite(folder.string());
  EXPECT_GE(suite.scenarios.size(), scenarios_at_least);
  Counts counts;
  for (const Scenario& scenario : suite.scenarios) {
    SCOPED_TRACE(scenario.id + ": " + scenario.title);
    Runner(suite, scenario).Run(&counts);
  }
  EXPECT_GT(counts.checks, 0u);
  std::cout << suite.scenarios.size() << " scenarios: " << counts.checks
            << " checks and " << counts.lookups << " lookups run, "
            << counts.decisions_not_run << " decisions not run\n";
}

TEST(AcceptanceTest, AgentRuntimeScenariosHold) {
  RunSuite("agent-runtime", 27);
}

TEST(AcceptanceTest, AuthzenDecisionsHold) { RunSuite("authzen", 1); }

}  // namespace
}  // namespace kith::acceptance
