#include "db/cursor.h"

#include <fmt/format.h>

#include <utility>

#include "base/coding.h"
#include "base/error.h"
#include "base/seeded_bug.h"
#include "base/status_macros.h"

namespace kith::db {
namespace {

constexpr uint8_t kFormat = 1;
constexpr size_t kDatabaseIdBytes = 8;
constexpr size_t kDigestBytes = 16;
constexpr size_t kMaxCursorBytes = 8192;  // two ids of the longest are 2.8 KB

absl::Status Invalid(std::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument,
                   ErrorReason::kInvalidCursor,
                   fmt::format("invalid cursor: {}", why), {{"details", why}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<CursorCodec>> CursorCodec::Create(
    std::string_view database_id, std::string_view mac_key) {
  KITH_ASSIGN_OR_RETURN(auto sealer, Sealer::Create(mac_key, "read cursor"));
  return std::unique_ptr<CursorCodec>(new CursorCodec(
      database_id.substr(0, kDatabaseIdBytes), std::move(sealer)));
}

CursorCodec::Series CursorCodec::Begin(storage::Revision revision,
                                       std::string_view query_digest) const {
  std::string beginning(1, static_cast<char>(kFormat));
  beginning += database_;
  PutU64(&beginning, revision);
  beginning += query_digest;
  return Series(sealer_->Begin(beginning));
}

std::string CursorCodec::Series::Encode(const storage::TupleKey& last) {
  row_.clear();
  PutU16(&row_, last.resource_type);
  PutLengthPrefixed(&row_, last.resource_id);
  PutU16(&row_, last.relation);
  PutU16(&row_, last.subject_type);
  PutLengthPrefixed(&row_, last.subject_id);
  PutU16(&row_, last.subject_relation);
  return sealer_.Seal(row_);
}

absl::StatusOr<ReadPosition> CursorCodec::Decode(
    std::string_view cursor, std::string_view query_digest) const {
  if (cursor.size() > kMaxCursorBytes) return Invalid("it is malformed");
  const auto bytes = Sealer::Decode(cursor);
  if (!bytes) return Invalid("it is malformed");
  Decoder header(*bytes);
  if (const uint8_t format = header.U8(); format != kFormat) {
    return Invalid(
        fmt::format("it has format {}, known is {}", format, kFormat));
  }
  if (header.rest().substr(0, kDatabaseIdBytes) != database_) {
    return Invalid("it is of another database");
  }
  const auto payload = sealer_->Verify(*bytes);
  if (!payload) return Invalid("it was changed or forged");

  Decoder in(payload->substr(1 + kDatabaseIdBytes));
  const storage::Revision revision = in.U64();
  if (in.rest().substr(0, kDigestBytes) != query_digest &&
      !IsSeeded(SeededBug::kCursorOfAnyQuery)) {
    return Invalid("it is of another query");
  }
  in = Decoder(in.rest().substr(kDigestBytes));
  storage::TupleKey last;
  last.resource_type = in.U16();
  last.resource_id = in.LengthPrefixed();
  last.relation = in.U16();
  last.subject_type = in.U16();
  last.subject_id = in.LengthPrefixed();
  last.subject_relation = in.U16();
  if (!in.done()) return Invalid("it is malformed");
  return ReadPosition{revision, OwnedKey(last)};
}

}  // namespace kith::db
