#include "server/logger.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace kith::server {
namespace {

TEST(LoggerTest, LogfmtQuotesWhatNeedsIt) {
  EXPECT_EQ(FormatLine(false, "T", LogLevel::kInfo, "serving",
                       {{"address", "127.0.0.1:1"},
                        {"error", "no \"key\"\n"},
                        {"empty", ""}}),
            "time=T level=info msg=serving address=127.0.0.1:1 "
            "error=\"no \\\"key\\\"\\n\" empty=\"\"");
}

TEST(LoggerTest, JsonIsJson) {
  const std::string error = "no \"key\" \\ \n\t\x01 \xc3\xa9";
  const auto line = nlohmann::json::parse(FormatLine(
      true, "T", LogLevel::kWarning, "a b", {{"error", error}, {"n", "1"}}));
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["msg"], "a b");
  EXPECT_EQ(line["error"], error);
  EXPECT_EQ(line["n"], "1");
}

TEST(LoggerTest, LevelsBelowTheConfiguredAreOff) {
  const Logger logger("logfmt", "warning");
  EXPECT_FALSE(logger.IsOn(LogLevel::kDebug));
  EXPECT_FALSE(logger.IsOn(LogLevel::kInfo));
  EXPECT_TRUE(logger.IsOn(LogLevel::kWarning));
  EXPECT_TRUE(logger.IsOn(LogLevel::kError));
}

}  // namespace
}  // namespace kith::server
