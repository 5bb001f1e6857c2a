#include <cstdio>

#include "conformance/conformance.h"
#include "tools/kith/validation/validator.h"

// Every assertion of a file must hold, asked one by one and in bulk, and every
// relation must have the subjects that the file lists, and no others.

namespace kith::conformance {
namespace {

// Fails the test for whatever is not as the file says.
tool::ValidationReport RunFile(const std::string& path, Database& db) {
  SCOPED_TRACE(path);
  const auto file = tool::ValidationFile::Load(path);
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok()) return {};
  const tool::ValidationReport report = tool::ValidateWith(*file, db);
  for (const tool::ValidationFailure& failure : report.failures) {
    ADD_FAILURE() << failure.ToString();
  }
  return report;
}

TEST_P(ConformanceTest, ReferenceFilesHold) {
  const std::vector<std::string> paths = ReferenceFiles();
  if (paths.empty()) {
    GTEST_SKIP() << "no reference files beside the checkout";
  }
  size_t assertions = 0;
  for (const std::string& path : paths) {
    const tool::ValidationReport report = RunFile(path, target().Empty());
    EXPECT_GT(report.relationships, 0u) << path << " was not understood";
    assertions += report.assertions;
  }
  std::printf("%zu files with %zu assertions run\n", paths.size(), assertions);
}

TEST_P(ConformanceTest, ExamplesHold) {
  const std::vector<std::string> paths = ExampleFiles();
  ASSERT_FALSE(paths.empty());
  for (const std::string& path : paths) {
    const tool::ValidationReport report = RunFile(path, target().Empty());
    EXPECT_GT(report.assertions, 0u) << path << " asserts nothing";
  }
}

}  // namespace
}  // namespace kith::conformance
