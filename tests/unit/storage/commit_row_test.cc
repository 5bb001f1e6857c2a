#include "storage/commit_row.h"

#include <string>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "storage/changelog.h"

namespace kith::storage {
namespace {

constexpr Revision kRevision = 7;

struct Row {
  v1::ChangelogRow rest;
  std::string changes;
};

// A row with `changes` puts, every third with a caveat, and one delete.
Row RowOf(int changes) {
  Row row;
  row.rest.set_previous_revision(kRevision - 1);
  row.rest.set_commit_time_micros(5);
  for (int i = 0; i < changes; ++i) {
    const std::string id = fmt::format("id{}", i);
    const TupleKey key{1, id, 2, 3, "anne", 4};
    TupleValue value;
    if (i % 3 == 0) {
      value.caveat = 9;
      value.caveat_context = "{}";
      value.expires_at = absl::FromUnixSeconds(i);
    }
    AppendPut(key, value, &row.changes);
  }
  AppendDelete({1, "gone", 2, 3, "anne", 0}, &row.changes);
  row.rest.set_change_count(static_cast<uint64_t>(changes) + 1);
  row.rest.set_metadata("meta");
  return row;
}

std::string BytesOf(const Row& row) {
  uint64_t chain = 0;
  return EncodeLogRow(row.rest, row.changes, &chain);
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
  const auto row = ParseCommitRow(kRevision, bytes, nullptr);
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

// What is written by hand is what protobuf writes.
TEST(CommitRowTest, ChangesAreProtobuf) {
  v1::ChangelogRow row;
  ASSERT_TRUE(row.ParseFromString(RowOf(4).changes));
  ASSERT_EQ(row.changes_size(), 5);
  EXPECT_EQ(row.SerializeAsString(), RowOf(4).changes);
  const v1::RelationshipChange& change = row.changes(3);
  EXPECT_EQ(change.kind(), v1::RelationshipChange::KIND_PUT);
  EXPECT_EQ(change.resource_id(), "id3");
  EXPECT_EQ(change.expires_at().unix_seconds(), 3);
  EXPECT_EQ(change.caveat(), 9u);
  EXPECT_EQ(change.caveat_context(), "{}");
}

TEST(CommitRowTest, DamageIsDataLoss) {
  const std::string good = BytesOf(RowOf(3));
  const auto code = [](Revision revision, const std::string& bytes) {
    return ParseCommitRow(revision, bytes, nullptr).status().code();
  };
  EXPECT_EQ(code(kRevision, good), absl::StatusCode::kOk);
  EXPECT_EQ(code(kRevision + 1, good), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(kRevision, ""), absl::StatusCode::kDataLoss);
  Row short_of_one = RowOf(3);
  short_of_one.rest.set_change_count(5);
  EXPECT_EQ(code(kRevision, BytesOf(short_of_one)),
            absl::StatusCode::kDataLoss);
  Row unknown_kind = RowOf(2);
  v1::ChangelogRow last;
  last.add_changes()->set_resource_id("a");
  unknown_kind.changes += last.SerializeAsString();
  unknown_kind.rest.set_change_count(4);
  const auto row =
      ParseCommitRow(kRevision, BytesOf(unknown_kind), nullptr);
  ASSERT_TRUE(row.ok());
  EXPECT_EQ(
      (*row)->Visit(0, [](const Change&) { return true; }).status().code(),
      absl::StatusCode::kDataLoss);
}

// Whatever the bytes: an error or a row, and no read past their end.
TEST(CommitRowTest, EveryPrefixIsAnErrorOrARow) {
  const std::string good = BytesOf(RowOf(3));
  for (size_t size = 0; size < good.size(); ++size) {
    const auto row = ParseCommitRow(kRevision, good.substr(0, size), nullptr);
    if (!row.ok()) continue;
    EXPECT_TRUE((*row)->Visit(0, [](const Change&) { return true; }).ok());
  }
}

}  // namespace
}  // namespace kith::storage
