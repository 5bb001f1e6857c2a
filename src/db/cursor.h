#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "db/relationship_rows.h"
#include "db/sealer.h"
#include "storage/types.h"

namespace kith::db {

// Where a read goes on.
struct ReadPosition {
  storage::Revision revision = 0;
  OwnedKey last;  // the row already seen
};

// Turns positions of reads and lookups into cursors and back. A cursor is a
// sealed text of: format version (1 byte), the first 8 bytes of the database's
// id, the revision (8 bytes), the digest of the query (16 bytes), the last
// row's key (of a lookup: as much of it as an answer has). What the digest is
// of must stay the same from page to page; limit and consistency may change.
// Immutable; thread-safe.
class CursorCodec {
 public:
  static absl::StatusOr<std::unique_ptr<CursorCodec>> Create(
      std::string_view database_id, std::string_view mac_key);

  std::string Encode(storage::Revision revision, std::string_view query_digest,
                     const storage::TupleKey& last) const {
    return Begin(revision, query_digest).Encode(last);
  }

  // The cursors of one answer, of which only the row differs: each costs less
  // than by Encode. One thread at a time.
  class Series {
   public:
    std::string Encode(const storage::TupleKey& last);

   private:
    friend class CursorCodec;
    explicit Series(Sealer::Series sealer) : sealer_(std::move(sealer)) {}

    Sealer::Series sealer_;
    std::string row_;  // memory for the next
  };
  Series Begin(storage::Revision revision, std::string_view query_digest) const;

  // INVALID_ARGUMENT INVALID_CURSOR when it is no cursor of this database or
  // one of another query.
  absl::StatusOr<ReadPosition> Decode(std::string_view cursor,
                                      std::string_view query_digest) const;

 private:
  CursorCodec(std::string_view database_id, std::unique_ptr<Sealer> sealer)
      : database_(database_id), sealer_(std::move(sealer)) {}

  const std::string database_;
  const std::unique_ptr<Sealer> sealer_;
};

}  // namespace kith::db
