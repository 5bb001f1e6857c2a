#include "storage/commit_row.h"

#include <string>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "storage/changelog.h"

namespace kith::storage {
namespace {

constexpr Revision kRevision = 7;

// A row with `changes` puts, every third with a caveat, and one delete.
v1::ChangelogRow RowOf(int changes) {
  v1::ChangelogRow row;
  row.set_previous_revision(kRevision - 1);
  row.set_commit_time_micros(5);
  for (int i = 0; i < changes; ++i) {
    const std::string id = fmt::format("id{}", i);
    const TupleKey key{1, id, 2, 3, "anne", 4};
    TupleValue value;
    if (i % 3 == 0) {
      value.caveat = 9;
      value.caveat_context = "{}";
      value.expires_at = absl::FromUnixSeconds(i);
    }
    AddPut(key, value, &row);
  }
  AddDelete({1, "gone", 2, 3, "anne", 0}, &row);
  row.set_change_count(static_cast<uint64_t>(row.changes_size()));
  row.set_metadata("meta");
  return row;
}

std::string BytesOf(const v1::ChangelogRow& row) {
  uint64_t chain = 0;
  return EncodeLogRow(row, &chain);
}

std::string Describe(const Change& change) {
  return fmt::format(
      "{} {}:{}#{}@{}:{}#{} {} {} {}", static_cast<int>(change.kind),
      change.key.resource_type, change.key.resource_id, change.key.relation,
      change.key.subject_type, change.key.subject_id,
      change.key.subject_relation, change.value.caveat,
      change.value.caveat_context,
      change.value.expires_at ? absl::ToUnixSeconds(*change.value.expires_at)
                              : -1);
}

TEST(CommitRowTest, SaysTheSameAsTheRowDecodedWhole) {
  const std::string bytes = BytesOf(RowOf(20));
  LogRow whole;
  ASSERT_TRUE(whole.Decode(kRevision, bytes).ok());
  const auto row = ParseCommitRow(kRevision, bytes);
  ASSERT_TRUE(row.ok()) << row.status();
  EXPECT_EQ((*row)->revision(), kRevision);
  EXPECT_EQ((*row)->metadata(), whole.record().metadata);
  EXPECT_EQ((*row)->schema_written(), whole.record().schema_written);
  // In pieces of every size.
  for (size_t piece = 1; piece <= 22; ++piece) {
    std::vector<std::string> seen;
    size_t position = 0;
    while (position != CommitRow::kEnd) {
      size_t left = piece;
      const auto next = (*row)->Visit(position, [&](const Change& change) {
        if (left-- == 0) return false;
        seen.push_back(Describe(change));
        return true;
      });
      ASSERT_TRUE(next.ok()) << next.status();
      position = *next;
    }
    ASSERT_EQ(seen.size(), whole.record().changes.size());
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_EQ(seen[i], Describe(whole.record().changes[i]));
    }
  }
}

TEST(CommitRowTest, DamageIsDataLoss) {
  const std::string good = BytesOf(RowOf(3));
  const auto code = [](Revision revision, const std::string& bytes) {
    return ParseCommitRow(revision, bytes).status().code();
  };
  EXPECT_EQ(code(kRevision, good), absl::StatusCode::kOk);
  EXPECT_EQ(code(kRevision + 1, good), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(kRevision, ""), absl::StatusCode::kDataLoss);
  v1::ChangelogRow short_of_one = RowOf(3);
  short_of_one.set_change_count(5);
  EXPECT_EQ(code(kRevision, BytesOf(short_of_one)),
            absl::StatusCode::kDataLoss);
  v1::ChangelogRow unknown_kind = RowOf(3);
  unknown_kind.mutable_changes(1)->set_kind(
      v1::RelationshipChange::KIND_UNSPECIFIED);
  const auto row = ParseCommitRow(kRevision, BytesOf(unknown_kind));
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(
      (*row)->Visit(0, [](const Change&) { return true; }).status().code(),
      absl::StatusCode::kDataLoss);
}

// Whatever the bytes: an error or a row, and no read past their end.
TEST(CommitRowTest, EveryPrefixIsAnErrorOrARow) {
  const std::string good = BytesOf(RowOf(3));
  for (size_t size = 0; size < good.size(); ++size) {
    const auto row = ParseCommitRow(kRevision, good.substr(0, size));
    if (!row.ok()) continue;
    EXPECT_TRUE((*row)->Visit(0, [](const Change&) { return true; }).ok());
  }
}

}  // namespace
}  // namespace kith::storage
