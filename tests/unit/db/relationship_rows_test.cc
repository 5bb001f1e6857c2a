#include "db/relationship_rows.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kith::db {
namespace {

// Symbols of a few names, by their place.
class RelationshipRowsTest : public testing::Test {
 protected:
  std::optional<storage::Symbol> SymbolOf(std::string_view name) const {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i] == name) return static_cast<storage::Symbol>(i + 1);
    }
    return std::nullopt;
  }
  std::string_view NameOf(storage::Symbol symbol) const {
    return symbol == 0 || symbol > names_.size()
               ? std::string_view()
               : std::string_view(names_[symbol - 1]);
  }
  std::optional<storage::TupleKey> Key(const Relationship& r) const {
    return KeyOf(r, [&](std::string_view name) { return SymbolOf(name); });
  }
  absl::StatusOr<Relationship> Back(const storage::TupleKey& key,
                                    const storage::TupleValue& value) const {
    return RelationshipOf(
        key, value, [&](storage::Symbol symbol) { return NameOf(symbol); });
  }

  const std::vector<std::string> names_ = {"user",   "team",   "document",
                                           "viewer", "member", "on_day"};
};

TEST_F(RelationshipRowsTest, RowsGiveTheRelationshipBack) {
  for (
      const char* text :
      {"document:one#viewer@user:anne", "document:one#viewer@user:*",
       "document:one#viewer@team:eng#member",
       R"(document:"a b@c"#viewer@user:"x\"y")",
       "document:one#viewer@user:anne[on_day]",
       R"(document:one#viewer@user:anne[on_day:{"day":["caf\u00e9",1.5,null,{"deep":true}]}])",
       "document:one#viewer@user:anne[on_day][expiration:9999-12-31T23:59:59."
       "999999999Z]"}) {
    const auto relationship = Relationship::Parse(text);
    ASSERT_TRUE(relationship.ok()) << relationship.status();
    const auto key = Key(*relationship);
    ASSERT_TRUE(key.has_value());
    storage::TupleValue value;
    value.expires_at = relationship->expires_at;
    std::string context;
    if (relationship->caveat) {
      value.caveat = *SymbolOf(relationship->caveat->name);
      context = ContextBytes(relationship->caveat->context);
      value.caveat_context = context;
    }
    const auto back = Back(OwnedKey(*key).view(), value);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, *relationship) << text;
  }
}

TEST_F(RelationshipRowsTest, AnUnknownNameHasNoKey) {
  EXPECT_FALSE(Key("folder:one#viewer@user:anne").has_value());
  EXPECT_FALSE(Key("document:one#editor@user:anne").has_value());
  EXPECT_FALSE(Key("document:one#viewer@robot:anne").has_value());
  EXPECT_FALSE(Key("document:one#viewer@team:eng#boss").has_value());
}

TEST_F(RelationshipRowsTest, ADamagedRowIsDataLoss) {
  const Relationship relationship("document:one#viewer@user:anne");
  const auto key = Key(relationship);
  ASSERT_TRUE(key.has_value());
  storage::TupleKey unknown = *key;
  unknown.relation = 99;
  EXPECT_EQ(Back(unknown, {}).status().code(), absl::StatusCode::kDataLoss);
  storage::TupleValue value;
  value.caveat = *SymbolOf("on_day");
  value.caveat_context = "{broken";
  EXPECT_EQ(Back(*key, value).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(RelationshipRowsTest, AnOwnedKeyMayMove) {
  std::vector<OwnedKey> keys;
  for (int i = 0; i < 100; ++i) {
    const Relationship relationship(
        ObjectRef("document", "d" + std::to_string(i)), "viewer",
        SubjectRef(ObjectRef("user", "u" + std::to_string(i))));
    keys.emplace_back(*Key(relationship));
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(keys[i].view().resource_id, "d" + std::to_string(i));
    EXPECT_EQ(keys[i].view().subject_id, "u" + std::to_string(i));
  }
}

TEST(RowTimeTest, RoundsDownToNanosecondsAlsoBefore1970) {
  const absl::Duration quarter = absl::Nanoseconds(1) / 4;
  for (const int64_t nanos : {-7, -1, 0, 1, 7}) {
    const absl::Time time = absl::FromUnixNanos(nanos);
    EXPECT_EQ(RowTime(time), time);
    EXPECT_EQ(RowTime(time + quarter), time);
    EXPECT_EQ(RowTime(time - quarter), time - absl::Nanoseconds(1));
  }
}

TEST(ContextBytesTest, AreJsonAndNothingWhenEmpty) {
  EXPECT_EQ(ContextBytes({}), "");
  EXPECT_EQ(ContextBytes({{"b", Value{true}}, {"a", Value{1.0}}}),
            R"({"a":1,"b":true})");
}

}  // namespace
}  // namespace kith::db
