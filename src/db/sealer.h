#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct evp_mac_ctx_st;

namespace kith::db {

// Makes texts that only this database can have made: URL-safe base64 without
// padding of payload and tag. The tag is SipHash-2-4-128 under the database's
// key and a purpose, so that a text made for one purpose is no good for
// another. There is exactly one text for a payload. Immutable; thread-safe.
class Sealer {
 public:
  static constexpr size_t kTagBytes = 16;

  // `key` has 16 bytes. INTERNAL when OpenSSL has no SipHash.
  static absl::StatusOr<std::unique_ptr<Sealer>> Create(
      std::string_view key, std::string_view purpose);
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  std::string Seal(std::string payload) const;

  // Payload and tag of `text`, not verified yet. nullopt: not such a text.
  static std::optional<std::string> Decode(std::string_view text);
  // The payload of decoded `bytes`; nullopt unless Seal made them.
  std::optional<std::string_view> Verify(std::string_view bytes) const;

 private:
  explicit Sealer(evp_mac_ctx_st* keyed) : keyed_(keyed) {}
  using Bytes16 = std::array<char, kTagBytes>;
  Bytes16 Tag(std::string_view payload) const;

  evp_mac_ctx_st* const keyed_;  // has read key and purpose; only copied
};

}  // namespace kith::db
