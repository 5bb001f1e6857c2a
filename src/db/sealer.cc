#include "db/sealer.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>

#include "absl/strings/escaping.h"

namespace kith::db {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string Base64(std::string_view bytes) {
  return absl::WebSafeBase64Escape(
      absl::string_view(bytes.data(), bytes.size()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Sealer>> Sealer::Create(
    std::string_view key, std::string_view purpose) {
  EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  EVP_MAC_CTX* const context = mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac);
  EVP_MAC_free(mac);
  size_t tag_bytes = kTagBytes;
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &tag_bytes),
      OSSL_PARAM_construct_end()};
  // The purpose is followed by a zero byte, so that none begins another.
  const std::string prefix = std::string(purpose) + '\0';
  if (context == nullptr ||
      EVP_MAC_init(context, Bytes(key), key.size(), params) != 1 ||
      EVP_MAC_update(context, Bytes(prefix), prefix.size()) != 1) {
    EVP_MAC_CTX_free(context);
    return absl::InternalError("openssl offers no usable siphash");
  }
  return std::unique_ptr<Sealer>(new Sealer(context));
}

Sealer::~Sealer() { EVP_MAC_CTX_free(keyed_); }

Sealer::Bytes16 Sealer::Tag(std::string_view payload) const {
  EVP_MAC_CTX* const context = EVP_MAC_CTX_dup(keyed_);
  Bytes16 tag;
  size_t written = 0;
  const bool ok =
      context != nullptr &&
      EVP_MAC_update(context, Bytes(payload), payload.size()) == 1 &&
      EVP_MAC_final(context, reinterpret_cast<unsigned char*>(tag.data()),
                    &written, tag.size()) == 1 &&
      written == kTagBytes;
  EVP_MAC_CTX_free(context);
  // Only memory can run out here, and a wrong tag must never leave.
  if (!ok) std::abort();
  return tag;
}

std::string Sealer::Seal(std::string payload) const {
  const Bytes16 tag = Tag(payload);
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
