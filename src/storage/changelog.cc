#include "storage/changelog.h"

#include <algorithm>
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

void SetKey(const TupleKey& key, v1::RelationshipChange* change) {
  change->set_resource_type(key.resource_type);
  change->set_resource_id(key.resource_id.data(), key.resource_id.size());
  change->set_relation(key.relation);
  change->set_subject_type(key.subject_type);
  change->set_subject_id(key.subject_id.data(), key.subject_id.size());
  change->set_subject_relation(key.subject_relation);
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

std::string EncodeLogRow(const v1::ChangelogRow& row, uint64_t* chain) {
  const std::string body = row.SerializeAsString();
  *chain = Hash64(body, *chain);
  std::string bytes;
  bytes.reserve(sizeof(uint64_t) + body.size());
  PutU64(&bytes, *chain);
  bytes.append(body);
  return bytes;
}

void AddPut(const TupleKey& key, const TupleValue& value,
            v1::ChangelogRow* row) {
  v1::RelationshipChange* change = row->add_changes();
  change->set_kind(v1::RelationshipChange::KIND_PUT);
  SetKey(key, change);
  if (value.expires_at.has_value()) {
    const StoredInstant expiry = ToStored(*value.expires_at);
    change->mutable_expires_at()->set_unix_seconds(expiry.seconds);
    change->mutable_expires_at()->set_nanos(expiry.nanos);
  }
  change->set_caveat(value.caveat);
  change->set_caveat_context(value.caveat_context.data(),
                             value.caveat_context.size());
}

void AddDelete(const TupleKey& key, v1::ChangelogRow* row) {
  v1::RelationshipChange* change = row->add_changes();
  change->set_kind(v1::RelationshipChange::KIND_DELETE);
  SetKey(key, change);
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
  if (row_.change_count() != static_cast<uint64_t>(row_.changes_size())) {
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
