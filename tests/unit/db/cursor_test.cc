#include "db/cursor.h"

#include <string>

#include "db/filters.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kith/errors.h"

namespace kith::db {
namespace {

constexpr std::string_view kKey = "fedcba9876543210";
constexpr storage::TupleKey kLast{.resource_type = 3,
                                  .resource_id = "readme",
                                  .relation = 4,
                                  .subject_type = 1,
                                  .subject_id = "anne",
                                  .subject_relation = 0};

std::unique_ptr<CursorCodec> MakeCodec(std::string_view database) {
  auto codec = CursorCodec::Create(database, kKey);
  EXPECT_TRUE(codec.ok()) << codec.status();
  return *std::move(codec);
}

std::string DigestOf(std::string_view type) {
  RelationshipFilter filter;
  filter.resource_type = type;
  return FilterDigest(filter);
}

bool IsInvalidCursor(const absl::StatusOr<ReadPosition>& result) {
  const auto info = GetErrorInfo(result.status());
  return result.status().code() == absl::StatusCode::kInvalidArgument && info &&
         info->reason == ErrorReason::kInvalidCursor;
}

TEST(CursorTest, DecodeGivesThePositionBack) {
  const auto codec = MakeCodec("0123456789abcdef");
  const std::string digest = DigestOf("document");
  const auto position = codec->Decode(codec->Encode(42, digest, kLast), digest);
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(position->revision, 42u);
  EXPECT_EQ(position->last.view(), kLast);
}

TEST(CursorTest, EveryChangedByteIsRefused) {
  const auto codec = MakeCodec("0123456789abcdef");
  const std::string digest = DigestOf("document");
  const std::string cursor = codec->Encode(42, digest, kLast);
  for (size_t i = 0; i < cursor.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = cursor;
      changed[i] = static_cast<char>(byte);
      if (changed == cursor) continue;
      EXPECT_TRUE(IsInvalidCursor(codec->Decode(changed, digest)))
          << i << " " << byte;
    }
  }
}

TEST(CursorTest, EveryCutIsRefused) {
  const auto codec = MakeCodec("0123456789abcdef");
  const std::string digest = DigestOf("document");
  const std::string cursor = codec->Encode(42, digest, kLast);
  for (size_t size = 0; size < cursor.size(); ++size) {
    EXPECT_TRUE(IsInvalidCursor(codec->Decode(cursor.substr(0, size), digest)))
        << size;
  }
  EXPECT_TRUE(
      IsInvalidCursor(codec->Decode(std::string(100'000, 'A'), digest)));
}

TEST(CursorTest, AnotherFilterOrDatabaseIsRefused) {
  const auto codec = MakeCodec("0123456789abcdef");
  const std::string cursor = codec->Encode(42, DigestOf("document"), kLast);
  EXPECT_TRUE(IsInvalidCursor(codec->Decode(cursor, DigestOf("folder"))));
  EXPECT_TRUE(IsInvalidCursor(
      MakeCodec("fedcba9876543210")->Decode(cursor, DigestOf("document"))));
}

TEST(FilterDigestTest, DiffersForEveryFieldAndForEmptySubjectRelation) {
  std::vector<RelationshipFilter> filters(9);
  filters[0].resource_type = "abc";
  filters[1].resource_id = "abc";
  filters[2].resource_id_prefix = "abc";
  filters[3].relation = "abc";
  filters[4].subject = SubjectFilter{"abc", "", std::nullopt};
  filters[5].subject = SubjectFilter{"abc", "abc", std::nullopt};
  filters[6].subject = SubjectFilter{"abc", "", ""};
  filters[7].subject = SubjectFilter{"abc", "", "abc"};
  filters[8].resource_type = "ab";
  filters[8].resource_id = "c";
  for (size_t i = 0; i < filters.size(); ++i) {
    for (size_t j = 0; j < filters.size(); ++j) {
      EXPECT_EQ(FilterDigest(filters[i]) == FilterDigest(filters[j]), i == j)
          << i << " " << j;
    }
  }
}

}  // namespace
}  // namespace kith::db
