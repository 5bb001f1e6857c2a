#include "db/token.h"

#include <fmt/format.h>

#include "absl/strings/escaping.h"
#include "base/coding.h"
#include "base/epoch.h"
#include "base/error.h"
#include "base/status_macros.h"

namespace kith::db {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kDatabaseIdBytes = 8;
constexpr size_t kPayloadBytes = 1 + kDatabaseIdBytes + 8;

absl::Status Invalid(std::string_view token, std::string_view why) {
  const std::string_view shown = token.substr(0, 64);
  return InvalidArgument(fmt::format(
      "invalid revision requested: token \"{}\" {}",
      absl::CHexEscape(absl::string_view(shown.data(), shown.size())), why));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenCodec>> TokenCodec::Create(
    std::string_view database_id, std::string_view mac_key) {
  KITH_ASSIGN_OR_RETURN(auto sealer, Sealer::Create(mac_key, "token"));
  return std::unique_ptr<TokenCodec>(new TokenCodec(
      database_id.substr(0, kDatabaseIdBytes), std::move(sealer)));
}

TokenCodec::~TokenCodec() { delete newest_.load(std::memory_order_relaxed); }

Token TokenCodec::Encode(storage::Revision revision) const {
  const EpochPin pin;
  const Known* known = newest_.load(std::memory_order_seq_cst);
  if (known != nullptr && known->revision == revision) return known->token;
  std::string payload(1, static_cast<char>(kFormat));
  payload += database_;
  PutU64(&payload, revision);
  Token token = sealer_->Seal(payload);
  // Reads of old revisions must not drive out the newest one.
  if (known == nullptr || revision > known->revision) {
    auto fresh = std::make_unique<const Known>(Known{revision, token});
    if (newest_.compare_exchange_strong(known, fresh.get(),
                                        std::memory_order_seq_cst)) {
      fresh.release();
      if (known != nullptr) {
        RetireMemory(
            const_cast<Known*>(known),
            [](void* old) { delete static_cast<Known*>(old); },
            sizeof(Known) + known->token.size());
      }
    }
  }
  return token;
}

absl::StatusOr<storage::Revision> TokenCodec::Decode(
    std::string_view token) const {
  if (token.empty()) {
    return InvalidArgument("invalid revision requested: the token is empty");
  }
  const auto bytes = Sealer::Decode(token);
  if (!bytes) return Invalid(token, "is malformed");
  Decoder in(*bytes);
  if (const uint8_t format = in.U8(); format != kFormat) {
    return Invalid(token,
                   fmt::format("has format {}, known is {}", format, kFormat));
  }
  if (bytes->size() != kPayloadBytes + Sealer::kTagBytes) {
    return Invalid(token, "is malformed");
  }
  // Before the tag: a token of another database is no attack and deserves to
  // be called what it is.
  if (in.rest().substr(0, kDatabaseIdBytes) != database_) {
    return Invalid(token, "is of another database");
  }
  const auto payload = sealer_->Verify(*bytes);
  if (!payload) return Invalid(token, "was changed or forged");
  return Decoder(payload->substr(1 + kDatabaseIdBytes)).U64();
}

}  // namespace kith::db
