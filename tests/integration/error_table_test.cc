// Every error that proto/README.md promises, over a real connection: its code,
// its reason, its metadata keys, and that nothing was changed.

#include "integration/error_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "integration/error_cases.h"

namespace kith::integration {
namespace {

// Rows that no call over a connection provokes in reasonable time, and what
// holds them instead.
const std::set<std::string>& RowsHeldElsewhere() {
  static const std::set<std::string> rows = {
      // Takes 256 MiB of relationships; tests/unit/db/delete_test.cc.
      "a delete without a limit that is too large for one commit (256 MiB)",
      // Takes servers that stop and callers that stall; watch_test.cc.
      "a watch that ended (see Watching)",
  };
  return rows;
}

ErrorCases AllCases() {
  ErrorCases cases;
  AddSchemaErrors(&cases);
  AddRelationshipErrors(&cases);
  AddCheckErrors(&cases);
  AddLookupErrors(&cases);
  AddBulkErrors(&cases);
  AddWatchErrors(&cases);
  AddServerErrors(&cases);
  return cases;
}

std::string CodeName(grpc::StatusCode code) {
  static const char* const names[] = {"OK",
                                      "CANCELLED",
                                      "UNKNOWN",
                                      "INVALID_ARGUMENT",
                                      "DEADLINE_EXCEEDED",
                                      "NOT_FOUND",
                                      "ALREADY_EXISTS",
                                      "PERMISSION_DENIED",
                                      "RESOURCE_EXHAUSTED",
                                      "FAILED_PRECONDITION",
                                      "ABORTED",
                                      "OUT_OF_RANGE",
                                      "UNIMPLEMENTED",
                                      "INTERNAL",
                                      "UNAVAILABLE",
                                      "DATA_LOSS",
                                      "UNAUTHENTICATED"};
  return names[code];
}

void ExpectAsPromised(const ErrorRow& row, const grpc::Status& status) {
  EXPECT_TRUE(row.codes.contains(CodeName(status.error_code())))
      << CodeName(status.error_code()) << ": " << status.error_message();
  EXPECT_NE(status.error_message(), "");
  const google::rpc::ErrorInfo info = InfoOf(status);
  if (row.reason.empty()) {
    EXPECT_EQ(info.reason(), "") << status.error_message();
    return;
  }
  EXPECT_EQ(info.reason(), "ERROR_REASON_" + row.reason)
      << status.error_message();
  EXPECT_EQ(info.domain(), "authzed.com");
  for (const std::set<std::string>& choice : row.keys) {
    EXPECT_TRUE(std::any_of(
        choice.begin(), choice.end(),
        [&](const auto& key) { return info.metadata().contains(key); }))
        << "no " << *choice.begin() << " in " << info.DebugString();
  }
}

class ErrorTableTest : public ::testing::TestWithParam<ErrorRow> {
 protected:
  static World& world() {
    static World world;
    return world;
  }
};

TEST_P(ErrorTableTest, IsAsPromised) {
  const ErrorRow& row = GetParam();
  if (RowsHeldElsewhere().contains(row.when)) {
    GTEST_SKIP() << "held by another test";
  }
  const ErrorCases cases = AllCases();
  const auto found = cases.find(row.when);
  ASSERT_NE(found, cases.end())
      << "no call provokes this row of proto/README.md: " << row.when;
  for (const ErrorCase& one : found->second) {
    SCOPED_TRACE(one.name);
    const std::string before = HeadToken(world().client());
    ExpectAsPromised(row, one.call(world()));
    EXPECT_EQ(HeadToken(world().client()), before)
        << "a refused call changed something";
  }
}

std::string TestName(const ::testing::TestParamInfo<ErrorRow>& info) {
  std::string name = fmt::format("Row{}_", info.index + 1);
  for (const char c : info.param.when.substr(0, 60)) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Rows, ErrorTableTest,
                         ::testing::ValuesIn(ReadErrorTable()), TestName);

TEST(ErrorCasesTest, AreAllOfARow) {
  std::set<std::string> rows;
  for (const ErrorRow& row : ReadErrorTable()) rows.insert(row.when);
  EXPECT_GE(rows.size(), 40u);
  for (const auto& [when, calls] : AllCases()) {
    EXPECT_TRUE(rows.contains(when)) << "no such row: " << when;
  }
  for (const std::string& when : RowsHeldElsewhere()) {
    EXPECT_TRUE(rows.contains(when)) << "no such row: " << when;
  }
}

}  // namespace
}  // namespace kith::integration
