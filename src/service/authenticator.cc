#include "service/authenticator.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/match.h"

namespace kith::service {
namespace {

constexpr std::string_view kScheme = "bearer ";

using DigestContext = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

// Fetching the algorithm costs more than hashing a key: it is done once.
std::array<unsigned char, 32> Sha256(std::string_view bytes) {
  static const EVP_MD* const algorithm =
      EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, 32> digest;
  unsigned int size = 0;
  if (EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) {
    std::abort();  // Without a digest nobody could be told apart.
  }
  return digest;
}

bool HasScheme(std::string_view header) {
  return absl::StartsWithIgnoreCase({header.data(), header.size()},
                                    {kScheme.data(), kScheme.size()});
}

}  // namespace

Authenticator::Authenticator(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) digests_.push_back(Sha256(key));
}

absl::Status Authenticator::Authenticate(std::string_view header) const {
  if (!HasScheme(header) || header.size() == kScheme.size()) {
    return absl::UnauthenticatedError(
        "a preshared key is required: send the metadata \"authorization: "
        "Bearer <key>\"");
  }
  const Digest presented = Sha256(header.substr(kScheme.size()));
  int matches = 0;
  for (const Digest& digest : digests_) {
    matches |= static_cast<int>(
        CRYPTO_memcmp(digest.data(), presented.data(), digest.size()) == 0);
  }
  if (matches == 0) {
    return absl::PermissionDeniedError("invalid preshared key");
  }
  return absl::OkStatus();
}

}  // namespace kith::service
