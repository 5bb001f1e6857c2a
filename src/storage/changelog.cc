#include "storage/changelog.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "base/coding.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/rocks_status.h"
#include "storage/row_codec.h"

namespace kith::storage {
namespace {

constexpr uint32_t kMaxSymbol = 65'535;
constexpr uint32_t kMaxNanos = 999'999'999;
constexpr uint32_t kMaxPiece = std::numeric_limits<uint32_t>::max();

// Fields on the wire: their numbers, and whether a number or bytes follow.
using Wire = v1::RelationshipChange;
constexpr uint32_t NumberTag(int field) {
  return static_cast<uint32_t>(field) << 3;
}
constexpr uint32_t BytesTag(int field) { return NumberTag(field) | 2; }

void AppendNumber(int field, uint64_t number, std::string* out) {
  if (number == 0) return;
  PutVarint(out, NumberTag(field));
  PutVarint(out, number);
}

void AppendBytes(int field, std::string_view bytes, std::string* out) {
  if (bytes.empty()) return;
  PutVarint(out, BytesTag(field));
  PutLengthPrefixed(out, bytes);
}

void AppendInstant(absl::Time time, std::string* out) {
  const StoredInstant stored = ToStored(time);
  std::string instant;
  AppendNumber(v1::Instant::kUnixSecondsFieldNumber,
               static_cast<uint64_t>(stored.seconds), &instant);
  AppendNumber(v1::Instant::kNanosFieldNumber, stored.nanos, &instant);
  PutVarint(out, BytesTag(Wire::kExpiresAtFieldNumber));
  PutLengthPrefixed(out, instant);
}

// Without a value: a deletion.
void AppendChange(const TupleKey& key, const TupleValue* value,
                  std::string* changes) {
  // The length comes first and is not known; it is one byte as a rule.
  PutVarint(changes, BytesTag(v1::ChangelogRow::kChangesFieldNumber));
  const size_t length_at = changes->size();
  changes->push_back('\0');
  AppendNumber(Wire::kKindFieldNumber,
               value != nullptr ? Wire::KIND_PUT : Wire::KIND_DELETE, changes);
  AppendNumber(Wire::kResourceTypeFieldNumber, key.resource_type, changes);
  AppendBytes(Wire::kResourceIdFieldNumber, key.resource_id, changes);
  AppendNumber(Wire::kRelationFieldNumber, key.relation, changes);
  AppendNumber(Wire::kSubjectTypeFieldNumber, key.subject_type, changes);
  AppendBytes(Wire::kSubjectIdFieldNumber, key.subject_id, changes);
  AppendNumber(Wire::kSubjectRelationFieldNumber, key.subject_relation,
               changes);
  if (value != nullptr) {
    if (value->expires_at) AppendInstant(*value->expires_at, changes);
    AppendNumber(Wire::kCaveatFieldNumber, value->caveat, changes);
    AppendBytes(Wire::kCaveatContextFieldNumber, value->caveat_context,
                changes);
  }
  std::string length;
  PutVarint(&length, changes->size() - length_at - 1);
  changes->replace(length_at, 1, length);
}

bool IsSymbols(const v1::RelationshipChange& change) {
  return std::max({change.resource_type(), change.relation(),
                   change.subject_type(), change.subject_relation(),
                   change.caveat()}) <= kMaxSymbol;
}

}  // namespace

absl::Status MalformedLogRow(Revision revision, std::string_view what) {
  return absl::DataLossError(
      fmt::format("changelog row \"{}\" is damaged: {}", revision, what));
}

uint64_t ChainStart(std::string_view database_id) {
  return Hash64(database_id);
}

std::string LogKey(Revision revision) {
  std::string key;
  PutU64(&key, revision);
  return key;
}

std::string LogPieceKey(Revision revision, uint32_t piece) {
  std::string key = LogKey(revision);
  PutU32(&key, piece);
  return key;
}

std::string EncodeLogRow(const v1::ChangelogRow& row, std::string_view changes,
                         uint64_t* chain) {
  std::string bytes(sizeof(*chain), '\0');
  bytes.reserve(bytes.size() + changes.size() + row.ByteSizeLong());
  bytes.append(changes);
  row.AppendToString(&bytes);
  *chain = Hash64(std::string_view(bytes).substr(sizeof(*chain)), *chain);
  std::string hash;
  PutU64(&hash, *chain);
  bytes.replace(0, hash.size(), hash);
  return bytes;
}

void AppendPut(const TupleKey& key, const TupleValue& value,
               std::string* changes) {
  AppendChange(key, &value, changes);
}

void AppendDelete(const TupleKey& key, std::string* changes) {
  AppendChange(key, nullptr, changes);
}

bool LogRow::Follows(uint64_t chain) const {
  return Hash64(hashed_, chain) == chain_;
}

absl::Status LogRow::Decode(Revision revision, std::string_view bytes) {
  Decoder in(bytes);
  chain_ = in.U64();
  hashed_ = in.rest();
  if (!in.ok() ||
      !row_.ParseFromArray(hashed_.data(), static_cast<int>(hashed_.size()))) {
    return MalformedLogRow(revision, "it does not decode");
  }
  if (row_.previous_revision() + 1 != revision) {
    return MalformedLogRow(revision, "it names another predecessor");
  }
  if (pieces() == 0 &&
      row_.change_count() != static_cast<uint64_t>(row_.changes_size())) {
    return MalformedLogRow(revision, "changes are missing");
  }
  record_.revision = revision;
  record_.commit_time = absl::FromUnixMicros(row_.commit_time_micros());
  record_.metadata = row_.metadata();
  record_.schema_written = row_.schema_written();
  record_.changes.clear();
  for (const v1::RelationshipChange& change : row_.changes()) {
    KITH_RETURN_IF_ERROR(
        DecodeChange(revision, change, &record_.changes.emplace_back()));
  }
  return absl::OkStatus();
}

absl::Status LogRow::ReadPieces(const Families& families) {
  const Revision revision = record_.revision;
  pieces_.clear();
  for (uint32_t i = 0; i < pieces(); ++i) {
    const auto index = static_cast<int>(i);
    KITH_ASSIGN_OR_RETURN(
        const std::string bytes,
        ReadLogPiece(families, revision, i, row_.piece_hashes(index)));
    auto& piece = pieces_.emplace_back(std::make_unique<v1::ChangelogRow>());
    if (!piece->ParseFromString(bytes)) {
      return MalformedLogRow(revision, "a piece does not decode");
    }
    for (const v1::RelationshipChange& change : piece->changes()) {
      KITH_RETURN_IF_ERROR(
          DecodeChange(revision, change, &record_.changes.emplace_back()));
    }
  }
  if (pieces() == 0 || record_.changes.size() == row_.change_count()) {
    return absl::OkStatus();
  }
  return MalformedLogRow(revision, "changes are missing");
}

absl::Status DecodeChange(Revision revision, const v1::RelationshipChange& from,
                          Change* change) {
  if (!v1::RelationshipChange::Kind_IsValid(from.kind()) ||
      from.kind() == v1::RelationshipChange::KIND_UNSPECIFIED) {
    return MalformedLogRow(revision, "a change is of no known kind");
  }
  if (!IsSymbols(from) || from.expires_at().nanos() > kMaxNanos) {
    return MalformedLogRow(revision, "a change is out of range");
  }
  change->kind = from.kind() == v1::RelationshipChange::KIND_PUT
                     ? Change::Kind::kPut
                     : Change::Kind::kDelete;
  change->key = {
      .resource_type = static_cast<Symbol>(from.resource_type()),
      .resource_id = from.resource_id(),
      .relation = static_cast<Symbol>(from.relation()),
      .subject_type = static_cast<Symbol>(from.subject_type()),
      .subject_id = from.subject_id(),
      .subject_relation = static_cast<Symbol>(from.subject_relation())};
  change->value = {};
  if (change->kind == Change::Kind::kDelete) return absl::OkStatus();
  change->value.created = revision;
  change->value.caveat = static_cast<Symbol>(from.caveat());
  change->value.caveat_context = from.caveat_context();
  if (from.has_expires_at()) {
    change->value.expires_at =
        FromStored({.seconds = from.expires_at().unix_seconds(),
                    .nanos = from.expires_at().nanos()});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadLogPiece(const Families& families,
                                         Revision revision, uint32_t piece,
                                         uint64_t hash) {
  std::string bytes;
  const rocksdb::Status read =
      families.db()->Get(rocksdb::ReadOptions(), families.handle(Family::kLog),
                         LogPieceKey(revision, piece), &bytes);
  if (read.IsNotFound()) {
    return absl::OutOfRangeError(fmt::format(
        "there is no piece \"{}\" of changelog row \"{}\"", piece, revision));
  }
  KITH_RETURN_IF_ERROR(FromRocks(read, "read the changelog"));
  if (Hash64(bytes) == hash) return bytes;
  return MalformedLogRow(revision, "a piece is not what was written");
}

absl::Status ReadLogRow(const Families& families, Revision revision,
                        LogRow* row) {
  std::string bytes;
  const rocksdb::Status read =
      families.db()->Get(rocksdb::ReadOptions(), families.handle(Family::kLog),
                         LogKey(revision), &bytes);
  if (read.IsNotFound()) {
    return absl::NotFoundError(
        fmt::format("there is no changelog row \"{}\"", revision));
  }
  KITH_RETURN_IF_ERROR(FromRocks(read, "read the changelog"));
  return row->Decode(revision, bytes);
}

namespace {

// Moves `it`, at the row of a commit in pieces, to its last piece.
absl::Status SeekLastPiece(const LogRow& row, rocksdb::Iterator* it) {
  const Revision revision = row.record().revision;
  const std::string key =
      LogPieceKey(revision, static_cast<uint32_t>(row.pieces() - 1));
  it->Seek(key);
  if (it->Valid() && ToView(it->key()) == key) return absl::OkStatus();
  KITH_RETURN_IF_ERROR(FromRocks(it->status(), "verify the changelog"));
  return MalformedLogRow(revision, "its last piece is missing");
}

}  // namespace

absl::StatusOr<LogEnd> VerifyLog(const Families& families,
                                 std::string_view database_id, Revision horizon,
                                 Revision head, uint64_t newest) {
  // The row at the horizon is kept as an anchor; before it there is nothing.
  const Revision anchor = std::max(horizon, head - std::min(head, newest));
  absl::Time newest_time = absl::InfinitePast();
  std::optional<uint64_t> chain;
  if (anchor == 0) chain = ChainStart(database_id);
  Revision expected = std::max<Revision>(anchor, 1);
  LogRow row;
  const std::unique_ptr<rocksdb::Iterator> it(families.db()->NewIterator(
      rocksdb::ReadOptions(), families.handle(Family::kLog)));
  for (it->Seek(LogKey(expected)); it->Valid(); it->Next(), ++expected) {
    if (ToView(it->key()) != LogKey(expected)) break;
    if (expected > head) break;
    KITH_RETURN_IF_ERROR(row.Decode(expected, ToView(it->value())));
    if (chain.has_value() && !row.Follows(*chain)) {
      return MalformedLogRow(expected, "it does not follow the row before");
    }
    if (row.record().commit_time < newest_time) {
      return MalformedLogRow(expected, "its commit time goes back");
    }
    chain = row.chain();
    newest_time = row.record().commit_time;
    if (row.pieces() == 0) continue;
    // Those of the anchor may have been collected.
    if (expected > horizon) {
      KITH_RETURN_IF_ERROR(SeekLastPiece(row, it.get()));
    } else {
      it->SeekForPrev(LogPieceKey(expected, kMaxPiece));
    }
  }
  KITH_RETURN_IF_ERROR(FromRocks(it->status(), "verify the changelog"));
  if (expected <= head) {
    return MalformedLogRow(expected,
                           fmt::format("it is missing, and the head is "
                                       "\"{}\"",
                                       head));
  }
  if (it->Valid()) {
    return MalformedLogRow(expected,
                           fmt::format("it is beyond the head \"{}\"", head));
  }
  return LogEnd{.chain = *chain,
                .commit_time = head == 0 ? absl::UnixEpoch() : newest_time};
}

}  // namespace kith::storage
