#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "tools/kith/validation/validator.h"

// Public validation files of the reference system, and the example schemas of
// this tree: every assertion must hold, asked one by one and in bulk.

namespace kith::tool {
namespace {

namespace fs = std::filesystem;

const fs::path kReferenceFiles =
    fs::path(KITH_SOURCE_DIR) / ".." / "shared" / "conformance" / "spicedb";
const fs::path kExamples = fs::path(KITH_SOURCE_DIR) / "schema" / "examples";

std::vector<std::string> YamlFiles(const fs::path& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yaml") {
      paths.push_back(entry.path().lexically_normal().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// Fails the test for whatever is not as the file says.
ValidationReport RunFile(const std::string& path) {
  SCOPED_TRACE(path);
  const auto file = ValidationFile::Load(path);
  EXPECT_TRUE(file.ok()) << file.status();
  if (!file.ok()) return {};
  const auto report = Validate(*file);
  EXPECT_TRUE(report.ok()) << report.status();
  if (!report.ok()) return {};
  for (const ValidationFailure& failure : report->failures) {
    ADD_FAILURE() << failure.ToString();
  }
  return *report;
}

TEST(ConformanceTest, ReferenceFilesHold) {
  const std::vector<std::string> paths = YamlFiles(kReferenceFiles);
  if (paths.empty()) {
    GTEST_SKIP() << "no validation files in " << kReferenceFiles.string();
  }
  size_t assertions = 0;
  for (const std::string& path : paths) {
    const ValidationReport report = RunFile(path);
    EXPECT_GT(report.relationships, 0u) << path << " was not understood";
    assertions += report.assertions;
  }
  std::cout << paths.size() << " files with " << assertions
            << " assertions run\n";
}

TEST(ConformanceTest, ExamplesHold) {
  const std::vector<std::string> paths = YamlFiles(kExamples);
  ASSERT_FALSE(paths.empty()) << "no examples in " << kExamples.string();
  for (const std::string& path : paths) {
    const ValidationReport report = RunFile(path);
    EXPECT_GT(report.assertions, 0u) << path << " asserts nothing";
  }
}

}  // namespace
}  // namespace kith::tool
