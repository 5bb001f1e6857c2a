#include "base/coding.h"

#include <gtest/gtest.h>

#include <limits>

namespace kith {
namespace {

TEST(CodingTest, DecoderReadsWhatWasPut) {
  constexpr auto kMax = std::numeric_limits<uint64_t>::max();
  std::string bytes;
  PutU16(&bytes, 0xfedc);
  PutU32(&bytes, 0xfedcba98);
  PutU64(&bytes, 0xfedcba9876543210);
  for (const uint64_t v : {uint64_t{0}, uint64_t{127}, uint64_t{128}, kMax}) {
    PutVarint(&bytes, v);
  }
  PutLengthPrefixed(&bytes, std::string_view("a\0b", 3));
  PutLengthPrefixed(&bytes, "");
  bytes += "until;";

  Decoder in(bytes);
  EXPECT_EQ(in.U16(), 0xfedc);
  EXPECT_EQ(in.U32(), 0xfedcba98);
  EXPECT_EQ(in.U64(), 0xfedcba9876543210);
  for (const uint64_t v : {uint64_t{0}, uint64_t{127}, uint64_t{128}, kMax}) {
    EXPECT_EQ(in.Varint(), v);
  }
  EXPECT_EQ(in.LengthPrefixed(), std::string_view("a\0b", 3));
  EXPECT_EQ(in.LengthPrefixed(), "");
  EXPECT_EQ(in.Until(';'), "until");
  EXPECT_TRUE(in.done());
}

TEST(CodingTest, FixedIntegersSortAsNumbers) {
  std::string previous;
  PutU64(&previous, 0);
  for (const uint64_t v : {1ull, 255ull, 256ull, 1ull << 32, ~0ull}) {
    std::string encoded;
    PutU64(&encoded, v);
    EXPECT_LT(previous, encoded);
    previous = encoded;
  }
}

TEST(CodingTest, EveryTruncationIsAnErrorThatStays) {
  std::string bytes;
  PutU64(&bytes, 1);
  PutVarint(&bytes, 300);
  PutLengthPrefixed(&bytes, "abc");
  for (size_t size = 0; size < bytes.size(); ++size) {
    Decoder in(std::string_view(bytes).substr(0, size));
    in.U64();
    in.Varint();
    in.LengthPrefixed();
    EXPECT_FALSE(in.ok()) << size;
    EXPECT_EQ(in.U8(), 0);
    EXPECT_EQ(in.LengthPrefixed(), "");
    EXPECT_FALSE(in.done());
  }
}

TEST(CodingTest, OverlongVarintAndHugeLengthAreErrors) {
  Decoder overlong("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  EXPECT_EQ(overlong.Varint(), 0u);
  EXPECT_FALSE(overlong.ok());
  Decoder too_large("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  EXPECT_EQ(too_large.Varint(), 0u);
  EXPECT_FALSE(too_large.ok());

  std::string huge;
  PutVarint(&huge, std::numeric_limits<uint64_t>::max());
  huge += "abc";
  Decoder in(huge);
  EXPECT_EQ(in.LengthPrefixed(), "");
  EXPECT_FALSE(in.ok());
}

TEST(CodingTest, UntilWithoutItsStopIsAnError) {
  Decoder in("abc");
  EXPECT_EQ(in.Until(';'), "");
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace kith
