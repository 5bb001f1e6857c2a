#include "storage/import_pass.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/coding.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "storage/changelog.h"
#include "storage/rocks_status.h"
#include "storage/row_codec.h"

namespace kith::storage {
namespace {

std::string_view WithoutRevision(std::string_view row) {
  return row.substr(std::min(row.size(), sizeof(Revision)));
}

}  // namespace

absl::Status LogPieces::Add(const TupleKey& key, const TupleValue& value) {
  AppendPut(key, value, &piece_);
  row_.set_change_count(row_.change_count() + 1);
  return piece_.size() < piece_bytes_ ? absl::OkStatus() : EndPiece();
}

absl::Status LogPieces::EndPiece() {
  const auto index = static_cast<uint32_t>(row_.piece_hashes_size());
  row_.add_piece_hashes(Hash64(piece_));
  KITH_RETURN_IF_ERROR(files_.Put(LogPieceKey(revision_, index), piece_));
  piece_.clear();
  return absl::OkStatus();
}

absl::Status LogPieces::Finish() {
  if (!piece_.empty()) KITH_RETURN_IF_ERROR(EndPiece());
  return files_.Finish();
}

void LogPieces::Describe(v1::ChangelogRow* row) const { row->MergeFrom(row_); }

ImportPass::ImportPass(const Families* families, EndedSketch* sketch,
                       const ImportCommit& commit, ScanOrder order,
                       const std::string& prefix, LogPieces* log)
    : families_(*families),
      sketch_(*sketch),
      commit_(commit),
      order_(order),
      log_(log),
      latest_(families, LatestFamily(order), prefix),
      history_(families, HistoryFamily(order), prefix) {
  PutU64(&row_, commit.revision);
}

absl::Status ImportPass::Run(const GatheredRows& rows,
                             std::atomic<bool>* stop) {
  KITH_ASSIGN_OR_RETURN(const auto cursor, rows.Cursor(order_));
  KITH_ASSIGN_OR_RETURN(any_stored_,
                        AnyBetween(cursor->row().key, rows.LastKey(order_)));
  if (any_stored_) {
    latest_.PackLoosely();
    history_.PackLoosely();
    if (log_ != nullptr) log_->PackLoosely();
  }
  const auto take = [this](const StagedRow& row) {
    place_ = row.place;
    row_.resize(sizeof(Revision));
    row_.append(row.value);
  };
  while (cursor->Valid()) {
    key_ = cursor->row().key;
    take(cursor->row());
    KITH_RETURN_IF_ERROR(cursor->Next());
    while (cursor->Valid() && cursor->row().key == key_) {
      if (commit_.rule == ImportRule::kCreate) {
        KITH_RETURN_IF_ERROR(Refuse(cursor->row().place, /*twice=*/true));
      } else {
        take(cursor->row());
      }
      KITH_RETURN_IF_ERROR(cursor->Next());
    }
    KITH_RETURN_IF_ERROR(PutCurrent());
    if (conflict_.has_value()) stop->store(true, std::memory_order_relaxed);
    // With a log it goes on, to find the first conflict.
    if (log_ == nullptr && stop->load(std::memory_order_relaxed)) {
      return absl::OkStatus();
    }
  }
  KITH_RETURN_IF_ERROR(latest_.Finish());
  KITH_RETURN_IF_ERROR(history_.Finish());
  return log_ == nullptr ? absl::OkStatus() : log_->Finish();
}

absl::StatusOr<bool> ImportPass::AnyBetween(std::string_view first,
                                            std::string_view last) const {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> it(families_.db()->NewIterator(
      options, families_.handle(LatestFamily(order_))));
  it->Seek(ToSlice(first));
  KITH_RETURN_IF_ERROR(FromRocks(it->status(), "look for relationships"));
  return it->Valid() && ToView(it->key()) <= last;
}

absl::Status ImportPass::PutCurrent() {
  if (any_stored_) {
    TupleValue old;
    KITH_ASSIGN_OR_RETURN(const bool found, Find(&old));
    if (found && commit_.rule == ImportRule::kCreate &&
        !old.ExpiredAt(commit_.time)) {
      return Refuse(place_, /*twice=*/false);
    }
    if (found && commit_.rule == ImportRule::kTouch &&
        WithoutRevision(ToView(old_row_)) == WithoutRevision(row_)) {
      return absl::OkStatus();
    }
    if (found) KITH_RETURN_IF_ERROR(EndOld(old));
  }
  if (conflict_.has_value()) return absl::OkStatus();
  ++puts_;
  KITH_RETURN_IF_ERROR(latest_.Put(key_, row_));
  if (log_ == nullptr) return absl::OkStatus();
  TupleKey key;
  TupleValue value;
  if (!DecodeKey(order_, key_, &key) || !DecodeRow(row_, &value)) {
    return absl::InternalError("a gathered row does not decode");
  }
  return log_->Add(key, value);
}

absl::StatusOr<bool> ImportPass::Find(TupleValue* value) {
  old_row_.Reset();
  const rocksdb::Status read = families_.db()->Get(
      rocksdb::ReadOptions(), families_.handle(LatestFamily(order_)), key_,
      &old_row_);
  if (read.IsNotFound()) return false;
  KITH_RETURN_IF_ERROR(FromRocks(read, "read a relationship"));
  if (!DecodeRow(ToView(old_row_), value)) {
    return absl::DataLossError("a relationship row is malformed");
  }
  return !GarbageLine::ExpiredBefore(*value, commit_.expired_before);
}

absl::Status ImportPass::EndOld(const TupleValue& value) {
  if (conflict_.has_value()) return absl::OkStatus();
  if (value.created >= commit_.revision) {
    return absl::DataLossError(
        fmt::format("a relationship was written at \"{}\", beyond the head",
                    value.created));
  }
  ++ends_;
  sketch_.Raise(order_, key_, commit_.revision);
  history_key_.clear();
  AppendHistoryKey(order_, key_, commit_.revision, &history_key_);
  return history_.Put(history_key_, ToView(old_row_));
}

absl::Status ImportPass::Refuse(uint64_t place, bool twice) {
  if (conflict_.has_value() && conflict_->place <= place) {
    return absl::OkStatus();
  }
  TupleKey key;
  if (!DecodeKey(order_, key_, &key)) {
    return absl::InternalError("a gathered key does not decode");
  }
  conflict_ = {.place = place,
               .twice = twice,
               .resource_type = key.resource_type,
               .resource_id = std::string(key.resource_id),
               .relation = key.relation,
               .subject_type = key.subject_type,
               .subject_id = std::string(key.subject_id),
               .subject_relation = key.subject_relation};
  return absl::OkStatus();
}

}  // namespace kith::storage
