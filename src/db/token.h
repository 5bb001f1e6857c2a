#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "db/sealer.h"
#include "kith/values.h"
#include "storage/types.h"

namespace kith::db {

// Turns revisions into tokens and back. A token is a sealed text of: format
// version (1 byte), the first 8 bytes of the database's id, the revision (8
// bytes). Thread-safe.
class TokenCodec {
 public:
  static absl::StatusOr<std::unique_ptr<TokenCodec>> Create(
      std::string_view database_id, std::string_view mac_key);

  ~TokenCodec();

  // Cheap when asked for the same revision again and again, as reads of the
  // newest revision do. Takes no lock.
  Token Encode(storage::Revision revision) const;

  // INVALID_ARGUMENT with a text of its own for: an empty token, no token at
  // all, another format, another database, a changed token.
  absl::StatusOr<storage::Revision> Decode(std::string_view token) const;

 private:
  struct Known {
    storage::Revision revision;
    Token token;
  };

  TokenCodec(std::string_view database_id, std::unique_ptr<Sealer> sealer)
      : database_(database_id), sealer_(std::move(sealer)) {}

  const std::string database_;
  const std::unique_ptr<Sealer> sealer_;

  // The token of the newest revision asked for; read under an epoch pin.
  mutable std::atomic<const Known*> newest_{nullptr};
};

}  // namespace kith::db
