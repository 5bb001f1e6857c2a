#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace kith::service {

// Decides by preshared keys who may call. Keeps digests only. Comparing takes
// the same time wherever keys differ and whichever matches. Thread-safe.
class Authenticator {
 public:
  // `keys` are not empty and neither is any of them.
  explicit Authenticator(const std::vector<std::string>& keys);

  // `header` is the value of "authorization", empty when there was none.
  // UNAUTHENTICATED without a bearer token, PERMISSION_DENIED with one that is
  // no key.
  absl::Status Authenticate(std::string_view header) const;

 private:
  using Digest = std::array<unsigned char, 32>;

  std::vector<Digest> digests_;
};

}  // namespace kith::service
