#include "storage/row_codec.h"

#include <random>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "storage/changelog.h"
#include "support/seed.h"
#include "unit/storage/store_model.h"

namespace kith::storage {
namespace {

constexpr ScanOrder kOrders[] = {ScanOrder::kForward, ScanOrder::kReverse};

std::string Encode(ScanOrder order, const ModelKey& key) {
  std::string bytes;
  AppendKey(order, key.View(), &bytes);
  return bytes;
}

TEST(RowCodecTest, KeysComeBackAndSortAsTheirOrderSays) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const ModelKey a = RandomKey(random);
    const ModelKey b = RandomKey(random);
    for (const ScanOrder order : kOrders) {
      const std::string a_bytes = Encode(order, a);
      const std::string b_bytes = Encode(order, b);
      TupleKey back;
      ASSERT_TRUE(DecodeKey(order, a_bytes, &back));
      EXPECT_EQ(a, ModelKey::Of(back));
      EXPECT_EQ(ComesBefore(order, a, b), a_bytes < b_bytes);
      EXPECT_EQ(a == b, a_bytes == b_bytes);
    }
  }
}

TEST(RowCodecTest, ForwardKeyHasTheDocumentedBytes) {
  const ModelKey key{0x0102, "doc", 0x0304, 0x0506, "ann", 0x0708};
  using std::string_literals::operator""s;
  EXPECT_EQ("\1\2doc\0\3\4\5\6ann\0\7\10"s, Encode(ScanOrder::kForward, key));
  EXPECT_EQ("\5\6ann\0\7\10\1\2\3\4doc\0"s, Encode(ScanOrder::kReverse, key));
  EXPECT_EQ(8u,
            UnitSize(ScanOrder::kForward, Encode(ScanOrder::kForward, key)));
  EXPECT_EQ(12u,
            UnitSize(ScanOrder::kReverse, Encode(ScanOrder::kReverse, key)));
}

TEST(RowCodecTest, HistoryKeySplitsIntoUnitEndAndRest) {
  const ModelKey key{1, "doc", 2, 3, "ann", 0};
  for (const ScanOrder order : kOrders) {
    const std::string latest = Encode(order, key);
    std::string bytes;
    AppendHistoryKey(order, latest, 77, &bytes);
    HistoryKey back;
    ASSERT_TRUE(DecodeHistoryKey(order, bytes, &back));
    EXPECT_EQ(77u, back.ended);
    EXPECT_EQ(latest, std::string(back.unit) + std::string(back.rest));
    EXPECT_EQ(UnitSize(order, latest), back.unit.size());
    EXPECT_EQ(back.unit.size(), UnitSize(order, bytes));
  }
}

TEST(RowCodecTest, RowsKeepEveryField) {
  const absl::Time late =
      absl::FromCivil(absl::CivilSecond(2323, 1, 2, 3, 4, 5),
                      absl::UTCTimeZone()) +
      absl::Nanoseconds(123'456'789);
  const std::vector<ModelValue> values = {
      {7, std::nullopt, 0, ""},
      {7, late, 0, ""},
      {7, absl::UnixEpoch() - absl::Nanoseconds(1), 9, std::string(3, '\0')},
      {7, absl::InfiniteFuture(), 65'535, ""},
      {7, absl::InfinitePast(), 0, "context without a caveat"},
  };
  for (const ModelValue& value : values) {
    std::string bytes;
    AppendRow(7, value.View(), &bytes);
    TupleValue back;
    ASSERT_TRUE(DecodeRow(bytes, &back));
    EXPECT_EQ(value, ModelValue::Of(back));
  }
}

TEST(RowCodecTest, EveryTruncationIsRefused) {
  const ModelKey key{1, "doc", 2, 3, "ann", 4};
  for (const ScanOrder order : kOrders) {
    const std::string bytes = Encode(order, key);
    TupleKey back;
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(DecodeKey(order, bytes.substr(0, size), &back)) << size;
    }
    EXPECT_FALSE(DecodeKey(order, bytes + "x", &back));
  }
  TupleValue value;
  value.expires_at = absl::UnixEpoch();
  std::string row;
  AppendRow(1, value, &row);
  for (size_t size = 0; size < row.size(); ++size) {
    EXPECT_FALSE(DecodeRow(row.substr(0, size), &value)) << size;
  }
}

TEST(RowCodecTest, UnknownFlagsTooManyNanosAndRevisionZeroAreRefused) {
  TupleValue value;
  value.expires_at = absl::UnixEpoch();
  std::string row;
  AppendRow(1, value, &row);
  std::string flags = row;
  flags[8] = static_cast<char>(flags[8] | 4);
  EXPECT_FALSE(DecodeRow(flags, &value));
  std::string nanos = row;
  nanos[17] = '\x7f';
  EXPECT_FALSE(DecodeRow(nanos, &value));
  std::string revision = row;
  revision[7] = 0;
  EXPECT_FALSE(DecodeRow(revision, &value));
}

TEST(RowCodecTest, AnExpiryThatNobodyWritesIsRefused) {
  TupleValue value;
  value.expires_at = absl::InfiniteFuture();
  std::string row;
  AppendRow(1, value, &row);
  EXPECT_TRUE(DecodeRow(row, &value));
  row.back() = 1;  // a nanosecond after forever
  EXPECT_FALSE(DecodeRow(row, &value));
}

TEST(RowCodecTest, ACaveatThatIsNoneIsRefused) {
  TupleValue value;
  value.caveat = 1;
  std::string row;
  AppendRow(1, value, &row);
  EXPECT_TRUE(DecodeRow(row, &value));
  row.back() = 0;
  EXPECT_FALSE(DecodeRow(row, &value));
}

TEST(RowCodecTest, RandomBytesNeverCrashAndWhatDecodesEncodesAlike) {
  const uint64_t seed = support::RandomSeed();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  int decoded = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string bytes(random() % 24, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 4);
    for (const ScanOrder order : kOrders) {
      TupleKey key;
      if (DecodeKey(order, bytes, &key)) {
        ++decoded;
        EXPECT_EQ(bytes, Encode(order, ModelKey::Of(key)));
      }
      HistoryKey history;
      if (DecodeHistoryKey(order, bytes, &history)) {
        std::string latest(history.unit);
        latest.append(history.rest);
        std::string again;
        AppendHistoryKey(order, latest, history.ended, &again);
        EXPECT_EQ(bytes, again);
      }
    }
    TupleValue value;
    if (DecodeRow(bytes, &value)) {
      std::string again;
      AppendRow(value.created, value, &again);
      EXPECT_EQ(bytes, again);
    }
    LogRow row;
    row.Decode(1, bytes).IgnoreError();
  }
  EXPECT_GT(decoded, 100);
}

}  // namespace
}  // namespace kith::storage
