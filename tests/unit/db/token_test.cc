#include "db/token.h"

#include <string>

#include "db/sealer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kith::db {
namespace {

using testing::HasSubstr;

constexpr std::string_view kDatabase = "0123456789abcdef";
constexpr std::string_view kKey = "fedcba9876543210";

std::unique_ptr<TokenCodec> MakeCodec(std::string_view database = kDatabase,
                                      std::string_view key = kKey) {
  auto codec = TokenCodec::Create(database, key);
  EXPECT_TRUE(codec.ok()) << codec.status();
  return *std::move(codec);
}

std::string ErrorOf(const absl::StatusOr<storage::Revision>& result) {
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("invalid revision requested: "));
  return std::string(result.status().message());
}

TEST(TokenTest, DecodeGivesTheRevisionBack) {
  const auto codec = MakeCodec();
  for (const storage::Revision revision :
       {0ull, 1ull, 255ull, 1ull << 40, ~0ull}) {
    const auto decoded = codec->Decode(codec->Encode(revision));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, revision);
  }
}

TEST(TokenTest, SameRevisionGivesTheSameTokenAlsoAfterOthers) {
  const auto codec = MakeCodec();
  const Token five = codec->Encode(5);
  EXPECT_NE(codec->Encode(6), five);
  EXPECT_EQ(codec->Encode(5), five);
  EXPECT_EQ(MakeCodec()->Encode(5), five) << "not stable over a restart";
}

TEST(TokenTest, EveryChangedByteIsRefused) {
  const auto codec = MakeCodec();
  const Token token = codec->Encode(77);
  for (size_t i = 0; i < token.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      Token changed = token;
      changed[i] = static_cast<char>(byte);
      if (changed == token) continue;
      EXPECT_FALSE(codec->Decode(changed).ok()) << i << " " << byte;
    }
  }
}

TEST(TokenTest, EveryCutAndEveryExtensionIsRefused) {
  const auto codec = MakeCodec();
  const Token token = codec->Encode(77);
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(codec->Decode(token.substr(0, size)).ok()) << size;
  }
  for (const std::string_view more : {"=", "==", "A", "AAAA", " ", "\n"}) {
    EXPECT_FALSE(codec->Decode(token + std::string(more)).ok()) << more;
  }
}

TEST(TokenTest, EachErrorHasItsOwnText) {
  const auto codec = MakeCodec();
  const Token token = codec->Encode(9);
  EXPECT_THAT(ErrorOf(codec->Decode("")), HasSubstr("is empty"));
  EXPECT_THAT(ErrorOf(codec->Decode("nonsense")),
              HasSubstr("\"nonsense\" is malformed"));
  EXPECT_THAT(ErrorOf(codec->Decode("\xff\x01")), HasSubstr("is malformed"));
  EXPECT_THAT(ErrorOf(codec->Decode(MakeCodec("another-database")->Encode(9))),
              HasSubstr("is of another database"));
  EXPECT_THAT(ErrorOf(codec->Decode(
                  MakeCodec(kDatabase, "0000000000000000")->Encode(9))),
              HasSubstr("was changed or forged"));
  // The first six bits are the format's.
  Token newer = token;
  newer[0] = 'B';
  EXPECT_THAT(ErrorOf(codec->Decode(newer)), HasSubstr("has format"));
}

TEST(TokenTest, ATextSealedForAnotherPurposeIsNoToken) {
  const auto codec = MakeCodec();
  const auto bytes = Sealer::Decode(codec->Encode(9));
  ASSERT_TRUE(bytes.has_value());
  const std::string payload =
      bytes->substr(0, bytes->size() - Sealer::kTagBytes);
  const auto same = Sealer::Create(kKey, "token");
  const auto other = Sealer::Create(kKey, "read cursor");
  ASSERT_TRUE(same.ok() && other.ok());
  EXPECT_TRUE(codec->Decode((*same)->Seal(payload)).ok());
  EXPECT_THAT(ErrorOf(codec->Decode((*other)->Seal(payload))),
              HasSubstr("was changed or forged"));
}

}  // namespace
}  // namespace kith::db
