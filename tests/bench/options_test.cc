#include "kith_bench/options.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kith::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<Options> Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--endpoint", "localhost:1"});
  return ParseOptions(std::move(arguments));
}

std::string Refusal(std::vector<std::string> arguments) {
  const auto options = Parse(std::move(arguments));
  return options.ok() ? "accepted" : std::string(options.status().message());
}

TEST(OptionsTest, DefaultsAreTheWorkloadsOwn) {
  const auto options = Parse({"drive", "drive-page", "write-100"});
  ASSERT_TRUE(options.ok()) << options.status();
  ASSERT_EQ(options->runs.size(), 3);
  EXPECT_EQ(options->runs[0].Name(), "drive/check@zipf");
  EXPECT_EQ(options->runs[1].Name(), "drive-page/bulk:100@zipf");
  EXPECT_EQ(options->runs[2].Name(), "write-100/write:100@zipf");
  EXPECT_EQ(options->consistency, Consistency::kMinimizeLatency);
  EXPECT_EQ(options->rate, 0);
  EXPECT_FALSE(options->load);
  EXPECT_FALSE(options->clear);
  EXPECT_FALSE(options->verify);
}

TEST(OptionsTest, EveryNameIsReadBack) {
  for (const Entry& entry : Entries()) {
    const auto run = ParseRun(entry.name);
    ASSERT_TRUE(run.ok()) << run.status();
    EXPECT_EQ(run->operation, entry.operation);
    const auto again = ParseRun(run->Name());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->Name(), run->Name());
    EXPECT_EQ(again->outstanding, run->outstanding);
  }
}

TEST(OptionsTest, OperationsAndKeysOverride) {
  const auto options = Parse({"drive/bulk:7@uniform", "drive@uniform",
                              "drive/lookup-subjects", "drive/import"});
  ASSERT_TRUE(options.ok()) << options.status();
  std::vector<std::string> names;
  for (const bench::Run& run : options->runs) names.push_back(run.Name());
  EXPECT_THAT(names, ElementsAre("drive/bulk:7@uniform", "drive/check@uniform",
                                 "drive/lookup-subjects@zipf",
                                 "drive/import:10000@zipf"));
}

TEST(OptionsTest, OutstandingIsForAllRuns) {
  const auto options = Parse({"--outstanding", "3", "drive", "write-1"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->runs[0].outstanding, 3);
  EXPECT_EQ(options->runs[1].outstanding, 3);
}

TEST(OptionsTest, AProcessDoesNotSwallowTheWorkload) {
  const auto options = Parse({"--pid", "12", "drive"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_THAT(options->processes, ElementsAre(12));
  EXPECT_EQ(options->runs.size(), 1);
}

TEST(OptionsTest, AllFlags) {
  const auto options = Parse({"--token",
                              "t",
                              "--pid",
                              "12",
                              "--pid",
                              "13",
                              "--clear",
                              "--load",
                              "--settle",
                              "6",
                              "--scale",
                              "0.5",
                              "--seed",
                              "9",
                              "--channels",
                              "2",
                              "--rate",
                              "1.5",
                              "--warm-up",
                              "0",
                              "--seconds",
                              "2",
                              "--operations",
                              "100",
                              "--consistency",
                              "at-least",
                              "--writes-per-second",
                              "5",
                              "--verify",
                              "--json",
                              "f",
                              "--timeout",
                              "3",
                              "drive"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->endpoint, "localhost:1");
  EXPECT_EQ(options->token, "t");
  EXPECT_THAT(options->processes, ElementsAre(12, 13));
  EXPECT_TRUE(options->clear);
  EXPECT_TRUE(options->load);
  EXPECT_EQ(options->settle_s, 6);
  EXPECT_TRUE(options->verify);
  EXPECT_EQ(options->scale, 0.5);
  EXPECT_EQ(options->seed, 9);
  EXPECT_EQ(options->channels, 2);
  EXPECT_EQ(options->rate, 1.5);
  EXPECT_EQ(options->warm_up_s, 0);
  EXPECT_EQ(options->measured_s, 2);
  EXPECT_EQ(options->most_operations, 100);
  EXPECT_EQ(options->consistency, Consistency::kAtLeast);
  EXPECT_EQ(options->writes_per_second, 5);
  EXPECT_EQ(options->json_file, "f");
  EXPECT_EQ(options->timeout_s, 3);
}

TEST(OptionsTest, ErrorsNameWhatIsWrong) {
  EXPECT_THAT(Refusal({}), HasSubstr("WORKLOAD is required"));
  EXPECT_THAT(Refusal({"drif"}), HasSubstr("no \"drif\""));
  EXPECT_THAT(Refusal({"drive/scan"}), HasSubstr("no operation \"scan\""));
  EXPECT_THAT(Refusal({"drive@often"}), HasSubstr("\"drive@often\": keys are"));
  for (const char* const batch : {"0", "10001", "", "x", "-1", "1x"}) {
    EXPECT_THAT(Refusal({std::string("drive/bulk:") + batch}),
                HasSubstr("from 1 to 10000"))
        << batch;
  }
  EXPECT_THAT(Refusal({"drive/check:2"}), HasSubstr("from 1 to 1"));
  EXPECT_THAT(Refusal({"--rate", "0", "drive"}), HasSubstr("--rate"));
  EXPECT_THAT(Refusal({"--scale", "-1", "drive"}), HasSubstr("--scale"));
  EXPECT_THAT(Refusal({"--seconds", "0", "drive"}), HasSubstr("--seconds"));
  EXPECT_THAT(Refusal({"--warm-up", "-1", "drive"}), HasSubstr("--warm-up"));
  EXPECT_THAT(Refusal({"--outstanding", "0", "drive"}),
              HasSubstr("--outstanding"));
  EXPECT_THAT(Refusal({"--channels", "x", "drive"}), HasSubstr("--channels"));
  EXPECT_THAT(Refusal({"--pid", "0", "drive"}), HasSubstr("--pid"));
  EXPECT_THAT(Refusal({"--consistency", "some", "drive"}),
              HasSubstr("--consistency"));
  EXPECT_THAT(Refusal({"--speed", "drive"}), HasSubstr("--speed"));
}

TEST(OptionsTest, AnEndpointIsRequired) {
  const auto options = ParseOptions({"drive"});
  ASSERT_FALSE(options.ok());
  EXPECT_THAT(std::string(options.status().message()),
              HasSubstr("--endpoint is required"));
}

TEST(OptionsTest, DigestsAreOfTheData) {
  const auto digest = [](std::string_view name, double scale, uint64_t seed) {
    return DataDigest(*FindEntry(name)->make(scale, seed));
  };
  EXPECT_EQ(digest("drive", 0.004, 1), digest("write-1", 0.004, 1));
  EXPECT_NE(digest("drive", 0.004, 1), digest("drive", 0.004, 2));
  EXPECT_NE(digest("drive", 0.004, 1), digest("drive", 0.008, 1));
  EXPECT_NE(digest("drive", 0.004, 1), digest("exclusions", 0.004, 1));
  EXPECT_TRUE(ParseOptions({"--show-data", "drive"}).ok());
}

TEST(OptionsTest, HelpAndListNeedNothingElse) {
  const auto help = ParseOptions({"--help"});
  ASSERT_TRUE(help.ok()) << help.status();
  EXPECT_THAT(help->text, HasSubstr("--writes-per-second"));
  EXPECT_THAT(help->text, HasSubstr("NAME[/OPERATION[:N]][@KEYS]"));
  const auto list = ParseOptions({"--list"});
  ASSERT_TRUE(list.ok()) << list.status();
  for (const Entry& entry : Entries()) {
    EXPECT_THAT(list->text, HasSubstr(std::string(entry.name)));
  }
}

}  // namespace
}  // namespace kith::bench
