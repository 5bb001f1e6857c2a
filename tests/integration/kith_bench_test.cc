// kith-bench on a real server: that it measures at all, that what it verifies
// is right, and that it notices what is wrong.

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/server_process.h"

namespace kith::integration {
namespace {

using support::ProcessResult;
using support::ServerProcess;
using testing::HasSubstr;

class KithBenchTest : public testing::Test {
 protected:
  void SetUp() override { server_.Start(); }

  // On the smallest data, for as long as a test may take.
  ProcessResult Bench(const std::string& arguments) {
    const std::string command = fmt::format(
        "{}/kith-bench --endpoint {} --token {} --pid {} --scale 0.004 "
        "--warm-up 0 --seconds 5 {} 2>&1",
        KITH_BIN_DIR, server_.address(), ServerProcess::kKey, server_.pid(),
        arguments);
    ProcessResult result;
    FILE* const output = ::popen(command.c_str(), "r");
    char buffer[4096];
    size_t got = 0;
    while ((got = ::fread(buffer, 1, sizeof buffer, output)) > 0) {
      result.output.append(buffer, got);
    }
    result.exit_code = WEXITSTATUS(::pclose(output));
    return result;
  }

  ServerProcess server_;
};

TEST_F(KithBenchTest, EveryAnswerOfADriveIsRight) {
  const std::string json_file = server_.dir() / "figures.json";
  const ProcessResult all = Bench(fmt::format(
      "--load --verify --operations 200 --json {} drive drive@uniform "
      "drive-page drive/lookup-resources drive/lookup-subjects write-1 "
      "write-100 drive/import:100",
      json_file));
  EXPECT_EQ(all.exit_code, 0) << all.output;
  EXPECT_THAT(all.output, HasSubstr("drive-page/bulk:100@zipf"));
  std::ifstream file(json_file);
  const std::string json((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(json, HasSubstr("\"server_cpu_us_per_operation\""));
  EXPECT_THAT(json, HasSubstr("\"first_result_us\""));
  // What it wrote changed no answer.
  const ProcessResult again = Bench(
      "--verify --operations 500 --consistency at-least --rate 2000 "
      "--writes-per-second 200 --channels 2 drive");
  EXPECT_EQ(again.exit_code, 0) << again.output;
  EXPECT_THAT(again.output, HasSubstr("beside"));
}

TEST_F(KithBenchTest, LookupsHaveAsManyResultsAsExpected) {
  const ProcessResult result = Bench(
      "--load --verify --operations 20 lookup-resources-1k "
      "lookup-resources-1k/lookup-subjects");
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST_F(KithBenchTest, TheFirstWrongAnswerEndsTheRun) {
  ASSERT_EQ(Bench("--load --operations 1 drive").exit_code, 0);
  // The same names with other relationships between them.
  const ProcessResult wrong = Bench("--verify --seed 2 drive");
  EXPECT_EQ(wrong.exit_code, 1) << wrong.output;
  EXPECT_THAT(wrong.output, HasSubstr("wrong answer"));
  EXPECT_THAT(wrong.output, HasSubstr("asked: document:"));
}

TEST_F(KithBenchTest, ACallThatFailsEndsTheRun) {
  const ProcessResult result = Bench("drive");  // without --load
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("status 9"));
  EXPECT_THAT(result.output, HasSubstr("asked: document:"));
}

TEST_F(KithBenchTest, ClearMakesRoomForOtherData) {
  ASSERT_EQ(Bench("--load --operations 1 drive").exit_code, 0);
  EXPECT_EQ(Bench("--load --operations 1 drive").exit_code, 1);
  const ProcessResult result =
      Bench("--clear --load --verify --operations 100 exclusions");
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

}  // namespace
}  // namespace kith::integration
