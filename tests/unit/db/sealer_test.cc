#include "db/sealer.h"

#include <gtest/gtest.h>

#include <string>

namespace kith::db {
namespace {

// Bytes of all values, and every number of them modulo three.
std::string Payload(size_t size) {
  std::string payload;
  for (size_t i = 0; i < size; ++i) {
    payload.push_back(static_cast<char>(i * 37 + size));
  }
  return payload;
}

TEST(SealerTest, ATextIsOfItsPayloadHoweverItBegan) {
  const auto sealer = Sealer::Create("0123456789abcdef", "test");
  ASSERT_TRUE(sealer.ok()) << sealer.status();
  for (size_t size = 1; size < 300; ++size) {
    const std::string payload = Payload(size);
    const std::string text = (*sealer)->Seal(payload);
    const auto bytes = Sealer::Decode(text);
    ASSERT_TRUE(bytes.has_value()) << size;
    EXPECT_EQ((*sealer)->Verify(*bytes), payload);
    for (size_t begun = 0; begun <= size; begun += size < 20 ? 1 : 41) {
      Sealer::Series series = (*sealer)->Begin(payload.substr(0, begun));
      EXPECT_EQ(series.Seal(payload.substr(begun)), text) << begun;
      EXPECT_EQ(series.Seal(payload.substr(begun)), text) << "once more";
    }
  }
}

TEST(SealerTest, AChangedTextIsNoneOfOurs) {
  const auto sealer = Sealer::Create("0123456789abcdef", "test");
  const auto other = Sealer::Create("0123456789abcdef", "another purpose");
  ASSERT_TRUE(sealer.ok() && other.ok());
  const std::string text = (*sealer)->Seal("payload");
  EXPECT_FALSE((*other)->Verify(*Sealer::Decode(text)).has_value());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto bytes = Sealer::Decode(changed);
    EXPECT_FALSE(bytes && (*sealer)->Verify(*bytes)) << i;
  }
}

}  // namespace
}  // namespace kith::db
