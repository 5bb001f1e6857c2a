#include "db/sealer.h"

#include <openssl/crypto.h>

#include <string>

#include "absl/strings/escaping.h"

namespace kith::db {
namespace {

constexpr char kDigits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t Base64Size(size_t bytes) { return (4 * bytes + 2) / 3; }

// Writes Base64Size(bytes.size()) characters.
void WriteBase64(std::string_view bytes, char* out) {
  const auto byte = [&](size_t i) {
    return uint32_t{static_cast<uint8_t>(bytes[i])};
  };
  size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const uint32_t three = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
    *out++ = kDigits[three >> 18];
    *out++ = kDigits[three >> 12 & 63];
    *out++ = kDigits[three >> 6 & 63];
    *out++ = kDigits[three & 63];
  }
  if (at == bytes.size()) return;
  const bool two_left = at + 2 == bytes.size();
  const uint32_t last = byte(at) << 8 | (two_left ? byte(at + 1) : 0);
  *out++ = kDigits[last >> 10];
  *out++ = kDigits[last >> 4 & 63];
  if (two_left) *out++ = kDigits[last << 2 & 63];
}

std::string Base64(std::string_view bytes) {
  std::string text(Base64Size(bytes.size()), '\0');
  WriteBase64(bytes, text.data());
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sealer>> Sealer::Create(
    std::string_view key, std::string_view purpose) {
  if (key.size() != SipHash128::kKeyBytes) {
    return absl::InternalError(
        "the key of tokens and cursors has not 16 bytes");
  }
  SipHash128 keyed(key);
  // The purpose is followed by a zero byte, so that none begins another.
  keyed.Update(std::string(purpose) + '\0');
  return std::unique_ptr<Sealer>(new Sealer(keyed));
}

SipHash128::Code Sealer::Tag(std::string_view payload) const {
  SipHash128 hash = keyed_;
  hash.Update(payload);
  return hash.Finish();
}

Sealer::Series::Series(const SipHash128& keyed, std::string_view beginning)
    : keyed_(keyed) {
  keyed_.Update(beginning);
  const size_t whole = beginning.size() - beginning.size() % 3;
  text_ = Base64(beginning.substr(0, whole));
  held_ = beginning.substr(whole);
}

std::string Sealer::Series::Seal(std::string_view rest) {
  SipHash128 hash = keyed_;
  hash.Update(rest);
  const SipHash128::Code tag = hash.Finish();
  bytes_.assign(held_).append(rest).append(tag.data(), tag.size());
  std::string text;
  text.reserve(text_.size() + Base64Size(bytes_.size()));
  text += text_;
  text.resize(text_.size() + Base64Size(bytes_.size()));
  WriteBase64(bytes_, text.data() + text_.size());
  return text;
}

std::optional<std::string> Sealer::Decode(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(absl::string_view(text.data(), text.size()),
                                   &bytes)) {
    return std::nullopt;
  }
  // The decoder is lenient about padding, spaces and unused bits; we are not.
  if (bytes.size() <= kTagBytes || Base64(bytes) != text) return std::nullopt;
  return bytes;
}

std::optional<std::string_view> Sealer::Verify(std::string_view bytes) const {
  if (bytes.size() <= kTagBytes) return std::nullopt;
  const std::string_view payload = bytes.substr(0, bytes.size() - kTagBytes);
  const std::string_view tag = bytes.substr(payload.size());
  if (CRYPTO_memcmp(Tag(payload).data(), tag.data(), kTagBytes) != 0) {
    return std::nullopt;
  }
  return payload;
}

}  // namespace kith::db
