#include "storage/info_log.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/temp_dir.h"

namespace kith::storage {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(InfoLogTest, KeepsTheLogOfTheTimeBefore) {
  const support::TempDir dir;
  rocksdb::Info(OpenInfoLog(dir.path()), "line %d", 1);
  rocksdb::Info(OpenInfoLog(dir.path()), "line %d", 2);
  EXPECT_THAT(ReadText(dir / "LOG.old"), HasSubstr("line 1\n"));
  EXPECT_THAT(ReadText(dir / "LOG"), HasSubstr("line 2\n"));
  EXPECT_THAT(ReadText(dir / "LOG"), Not(HasSubstr("line 1")));
}

TEST(InfoLogTest, DoesNotGrowForEver) {
  const support::TempDir dir;
  const auto log = OpenInfoLog(dir.path());
  const std::string line(4000, 'x');
  for (int i = 0; i < 5000; ++i) rocksdb::Info(log, "%s", line.c_str());
  EXPECT_LE(std::filesystem::file_size(dir / "LOG"), 8u << 20);
  EXPECT_LE(std::filesystem::file_size(dir / "LOG.old"), 8u << 20);
  EXPECT_GE(std::filesystem::file_size(dir / "LOG.old"), 7u << 20);
}

TEST(InfoLogTest, LosesWhatCannotBeWrittenAndNothingElse) {
  const support::TempDir dir;
  const auto log = OpenInfoLog(dir / "no such directory");
  for (int i = 0; i < 3; ++i) rocksdb::Info(log, "line %d", i);
  EXPECT_FALSE(std::filesystem::exists(dir / "no such directory"));
}

}  // namespace
}  // namespace kith::storage
