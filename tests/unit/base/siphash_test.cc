#include "base/siphash.h"

#include <string>

#include "fmt/format.h"
#include "gtest/gtest.h"

namespace kith {
namespace {

std::string Hex(const SipHash128::Code& code) {
  std::string hex;
  for (const char c : code) {
    hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  }
  return hex;
}

// The bytes 0, 1, 2 ...
std::string Counting(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

std::string CodeOf(std::string_view text) {
  SipHash128 hash(Counting(SipHash128::kKeyBytes));
  hash.Update(text);
  return Hex(hash.Finish());
}

TEST(SipHashTest, GivesThePublishedCodes) {
  EXPECT_EQ(CodeOf(Counting(0)), "a3817f04ba25a8e66df67214c7550293");
  EXPECT_EQ(CodeOf(Counting(1)), "da87c1d86b99af44347659119b22fc45");
  EXPECT_EQ(CodeOf(Counting(7)), "a1f1ebbed8dbc153c0b84aa61ff08239");
  EXPECT_EQ(CodeOf(Counting(8)), "3b62a9ba6258f5610f83e264f31497b4");
  EXPECT_EQ(CodeOf(Counting(15)), "5493e99933b0a8117e08ec0f97cfc3d9");
  EXPECT_EQ(CodeOf(Counting(63)), "5150d1772f50834a503e069a973fbd7c");
}

TEST(SipHashTest, ATextMayComeInPieces) {
  const std::string text = Counting(100);
  for (size_t first = 0; first <= 20; ++first) {
    for (size_t second = 0; second <= 20; ++second) {
      SipHash128 hash(Counting(SipHash128::kKeyBytes));
      hash.Update(std::string_view(text).substr(0, first));
      SipHash128 copy = hash;
      copy.Update(std::string_view(text).substr(first, second));
      copy.Update(std::string_view(text).substr(first + second));
      EXPECT_EQ(Hex(copy.Finish()), CodeOf(text)) << first << " " << second;
    }
  }
}

}  // namespace
}  // namespace kith
