#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/siphash.h"

namespace kith::db {

// Makes texts that only this database can have made: URL-safe base64 without
// padding of payload and tag. The tag is SipHash-2-4-128 under the database's
// key and a purpose, so that a text made for one purpose is no good for
// another. There is exactly one text for a payload. Immutable; thread-safe.
class Sealer {
 public:
  static constexpr size_t kTagBytes = sizeof(SipHash128::Code);

  // INTERNAL unless `key` has 16 bytes.
  static absl::StatusOr<std::unique_ptr<Sealer>> Create(
      std::string_view key, std::string_view purpose);

  std::string Seal(std::string_view payload) const {
    return Begin({}).Seal(payload);
  }

  // Seals payloads that begin alike, without taking in the beginning anew each
  // time. One thread at a time.
  class Series {
   public:
    // The text of the payload that is the beginning and `rest`.
    std::string Seal(std::string_view rest);

   private:
    friend class Sealer;
    Series(const SipHash128& keyed, std::string_view beginning);

    SipHash128 keyed_;   // has taken in the beginning; only copied
    std::string text_;   // of the beginning, as far as it is whole
    std::string held_;   // of the beginning, at most two bytes that `rest` ends
    std::string bytes_;  // memory for the next
  };
  Series Begin(std::string_view beginning) const {
    return Series(keyed_, beginning);
  }

  // Payload and tag of `text`, not verified yet. nullopt: not such a text.
  static std::optional<std::string> Decode(std::string_view text);
  // The payload of decoded `bytes`; nullopt unless Seal made them.
  std::optional<std::string_view> Verify(std::string_view bytes) const;

 private:
  explicit Sealer(const SipHash128& keyed) : keyed_(keyed) {}
  SipHash128::Code Tag(std::string_view payload) const;

  const SipHash128 keyed_;  // has taken in the purpose; only copied
};

}  // namespace kith::db
