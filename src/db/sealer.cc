#include "db/sealer.h"

#include <openssl/crypto.h>

#include <string>

#include "absl/strings/escaping.h"

namespace kith::db {
namespace {

std::string Base64(std::string_view bytes) {
  return absl::WebSafeBase64Escape(
      absl::string_view(bytes.data(), bytes.size()));
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

std::string Sealer::Seal(std::string payload) const {
  const SipHash128::Code tag = Tag(payload);
  payload.append(tag.data(), tag.size());
  return Base64(payload);
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
