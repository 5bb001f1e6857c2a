#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "fmt/format.h"
#include "kith/errors.h"
#include "schema/schema.h"

// What the tests of the schema language share.

namespace kith::schema {

// `text` compiled; a failed test and an empty schema when it does not compile.
inline std::shared_ptr<const Schema> MustCompile(std::string_view text) {
  auto schema = Compile(text);
  EXPECT_TRUE(schema.ok()) << schema.status() << "\nin:\n" << text;
  if (schema.ok()) return *schema;
  return std::make_shared<const Schema>(std::vector<std::string>(),
                                        std::vector<Definition>(),
                                        std::vector<Caveat>());
}

// A schema with the definitions most tests need around `body`.
inline std::string InDocument(std::string_view body) {
  return fmt::format(
      "definition user {{}}\n"
      "definition team {{\n  relation member: user\n}}\n"
      "definition document {{\n{}\n}}\n",
      body);
}
// The line of the first line of `body` in InDocument(body).
inline constexpr uint32_t kBodyLine = 6;

inline std::string Metadata(const absl::Status& status, std::string_view key) {
  const auto info = GetErrorInfo(status);
  if (!info.has_value()) return "(no error info)";
  const auto it = info->metadata.find(std::string(key));
  return it == info->metadata.end() ? "(none)" : it->second;
}

inline ErrorReason ReasonOf(const absl::Status& status) {
  const auto info = GetErrorInfo(status);
  return info.has_value() ? info->reason : ErrorReason::kUnspecified;
}

// An error at `line`:`column` whose message contains `fragment`.
inline void ExpectErrorAt(const absl::Status& status, uint32_t line,
                          uint32_t column, std::string_view fragment) {
  EXPECT_EQ(Metadata(status, "start_line_number"), fmt::to_string(line))
      << status;
  EXPECT_EQ(Metadata(status, "start_column_position"), fmt::to_string(column))
      << status;
  EXPECT_THAT(
      std::string(status.message()),
      testing::HasSubstr(fmt::format("line {}, column {}: ", line, column)));
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr(std::string(fragment)));
}

inline void ExpectParseError(const absl::Status& status, uint32_t line,
                             uint32_t column, std::string_view fragment) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(ReasonOf(status), ErrorReason::kSchemaParseError) << status;
  ExpectErrorAt(status, line, column, fragment);
}

inline void ExpectTypeError(const absl::Status& status, uint32_t line,
                            uint32_t column, std::string_view fragment) {
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(ReasonOf(status), ErrorReason::kSchemaTypeError) << status;
  ExpectErrorAt(status, line, column, fragment);
}

}  // namespace kith::schema
