#include "storage/change_stripes.h"

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "storage/row_codec.h"
#include "storage/store.h"

namespace kith::storage {
namespace {

using Unit = ChangeStripes::Unit;

std::string Forward(const TupleKey& key) {
  std::string bytes;
  AppendKey(ScanOrder::kForward, key, &bytes);
  return bytes;
}
std::string Reverse(const TupleKey& key) {
  std::string bytes;
  AppendKey(ScanOrder::kReverse, key, &bytes);
  return bytes;
}

// The last changes of the keys of a row.
struct Changes {
  Revision point;
  Revision object;
  Revision forward;
  Revision reverse;
  friend bool operator==(const Changes&, const Changes&) = default;
  friend void PrintTo(const Changes& c, std::ostream* out) {
    *out << "{" << c.point << ", " << c.object << ", " << c.forward << ", "
         << c.reverse << "}";
  }
};

Changes Of(const ChangeStripes& stripes, const TupleKey& key) {
  const std::string forward = Forward(key);
  const std::string reverse = Reverse(key);
  const auto last = [&](Unit unit, std::string_view bytes) {
    return stripes.LastChange(stripes.IndexOf(stripes.Hash(unit, bytes)));
  };
  return {last(Unit::kPoint, forward),
          last(Unit::kObject,
               std::string_view(forward).substr(0, ObjectSize(forward))),
          last(Unit::kForward, std::string_view(forward).substr(
                                   0, ChangeStripes::ForwardSize(forward))),
          last(Unit::kReverse, std::string_view(reverse).substr(
                                   0, UnitSize(ScanOrder::kReverse, reverse)))};
}

constexpr TupleKey kRow{.resource_type = 1,
                        .resource_id = "readme",
                        .relation = 2,
                        .subject_type = 3,
                        .subject_id = "anne",
                        .subject_relation = 4};

TupleKey With(void (*change)(TupleKey*)) {
  TupleKey key = kRow;
  change(&key);
  return key;
}

TEST(ChangeStripesTest, ARowStampsExactlyTheKeysItBelongsTo) {
  ChangeStripes stripes(1 << 16, 5);
  stripes.StampTuple(Forward(kRow), Reverse(kRow), 9);
  EXPECT_EQ(Of(stripes, kRow), (Changes{9, 9, 9, 9}));
  EXPECT_EQ(Of(stripes, With([](auto* k) { k->resource_type = 7; })),
            (Changes{5, 5, 5, 5}));
  EXPECT_EQ(Of(stripes, With([](auto* k) { k->resource_id = "other"; })),
            (Changes{5, 5, 5, 9}));
  EXPECT_EQ(Of(stripes, With([](auto* k) { k->relation = 7; })),
            (Changes{5, 9, 5, 5}));
  EXPECT_EQ(Of(stripes, With([](auto* k) { k->subject_type = 7; })),
            (Changes{5, 9, 5, 5}));
  EXPECT_EQ(Of(stripes, With([](auto* k) { k->subject_id = "*"; })),
            (Changes{5, 9, 9, 5}));
  EXPECT_EQ(Of(stripes, With([](auto* k) { k->subject_relation = 0; })),
            (Changes{5, 9, 9, 5}));
}

TEST(ChangeStripesTest, NeverGoesBack) {
  ChangeStripes stripes(4, 0);
  stripes.Stamp(1, 9);
  stripes.Stamp(1, 8);
  EXPECT_EQ(stripes.LastChange(1), 9u);
  EXPECT_EQ(stripes.LastChange(2), 0u);
}

TEST(ChangeStripesTest, AFloorIsBelowEverything) {
  ChangeStripes stripes(4, 3);
  EXPECT_EQ(stripes.LastChange(0), 3u);
  stripes.Stamp(0, 10);
  stripes.StampAll(7);
  EXPECT_EQ(stripes.LastChange(0), 10u);
  EXPECT_EQ(stripes.LastChange(1), 7u);
  const ChangeStripes::Index both[] = {0, 1};
  EXPECT_EQ(stripes.LastChange(both), 10u);
}

TEST(ChangeStripesTest, CountsAreRoundedUp) {
  EXPECT_EQ(ChangeStripes(1, 0).count(), 1u);
  EXPECT_EQ(ChangeStripes(5, 0).count(), 8u);
}

class StoreStripesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = Store::Open({.in_memory = true});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  Changes Now() const { return Of(store_->change_stripes(), kRow); }

  std::unique_ptr<Store> store_;
};

TEST_F(StoreStripesTest, EveryPutAndDeleteStampsBeforeTheHeadMoves) {
  auto put = store_->Begin();
  put->BeginCommit(absl::UnixEpoch());
  ASSERT_TRUE(put->Put(kRow, {}).ok());
  bool asked = false;
  ASSERT_TRUE(store_
                  ->Commit(std::move(put),
                           [&](Revision revision) {
                             asked = true;
                             EXPECT_EQ(revision, 1u);
                             EXPECT_EQ(store_->head(), 0u);
                             EXPECT_EQ(Now(), (Changes{1, 1, 1, 1}));
                           })
                  .ok());
  EXPECT_TRUE(asked);

  auto touch = store_->Begin();
  touch->BeginCommit(absl::UnixEpoch());
  ASSERT_TRUE(touch->Put(kRow, {}).ok());
  ASSERT_TRUE(store_->Commit(std::move(touch), {}).ok());
  EXPECT_EQ(Now(), (Changes{2, 2, 2, 2}));

  auto remove = store_->Begin();
  remove->BeginCommit(absl::UnixEpoch());
  ASSERT_TRUE(remove->Delete(kRow).ok());
  ASSERT_TRUE(store_->Commit(std::move(remove), {}).ok());
  EXPECT_EQ(Now(), (Changes{3, 3, 3, 3}));

  auto nothing = store_->Begin();
  nothing->BeginCommit(absl::UnixEpoch());
  ASSERT_TRUE(nothing->Delete(kRow).ok());
  ASSERT_TRUE(store_->Commit(std::move(nothing), {}).ok());
  EXPECT_EQ(Now(), (Changes{3, 3, 3, 3}));
}

TEST_F(StoreStripesTest, EachCommitOfAGroupStampsItsOwnRevision) {
  auto group = store_->Begin();
  group->BeginCommit(absl::UnixEpoch());
  ASSERT_TRUE(group->Put(kRow, {}).ok());
  group->BeginCommit(absl::UnixEpoch());
  const TupleKey other = With([](auto* k) { k->resource_id = "other"; });
  ASSERT_TRUE(group->Put(other, {}).ok());
  ASSERT_TRUE(store_->Commit(std::move(group), {}).ok());
  EXPECT_EQ(Now(), (Changes{1, 1, 1, 2}));
  EXPECT_EQ(Of(store_->change_stripes(), other), (Changes{2, 2, 2, 2}));
}

}  // namespace
}  // namespace kith::storage
