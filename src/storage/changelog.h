#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kith/storage/v1/changelog.pb.h"
#include "storage/families.h"
#include "storage/store.h"

// The changelog: one row per commit, each chained to the one before by number
// and by a running hash, so that a row lost or altered in the middle shows. The
// changes of a large commit are in pieces, rows right behind its own, which
// has the hash of each.

namespace kith::storage {

// What the hash of the first commit builds on.
uint64_t ChainStart(std::string_view database_id);

// The time of a commit at `time` after one at `last`: kept in microseconds, and
// never going back.
inline absl::Time CommitTimeAfter(absl::Time last, absl::Time time) {
  return std::max(last, absl::FromUnixMicros(absl::ToUnixMicros(time)));
}

std::string LogKey(Revision revision);
// The pieces of a commit sort behind its row, before the next commit's.
std::string LogPieceKey(Revision revision, uint32_t piece);

// Add one change to `changes`, encoded as the field `changes` of a
// ChangelogRow.
void AppendPut(const TupleKey& key, const TupleValue& value,
               std::string* changes);
void AppendDelete(const TupleKey& key, std::string* changes);

// The row's bytes, of the fields of `row` and the encoded `changes`; `chain` is
// the hash of the row before and becomes this one's.
std::string EncodeLogRow(const v1::ChangelogRow& row, std::string_view changes,
                         uint64_t* chain);

// DATA_LOSS that says what is wrong with the row.
absl::Status MalformedLogRow(Revision revision, std::string_view what);
// Fills `change`, whose views point into `from`. DATA_LOSS when it is no
// change that a commit could have made.
absl::Status DecodeChange(Revision revision, const v1::RelationshipChange& from,
                          Change* change);

// Reads one row at a time; keeps its memory for the next one.
class LogRow {
 public:
  // DATA_LOSS when the bytes are not those of the row of `revision`. Of a row
  // in pieces, record() has no changes.
  absl::Status Decode(Revision revision, std::string_view bytes);
  size_t pieces() const {
    return static_cast<size_t>(row_.piece_hashes_size());
  }
  // Reads the pieces and adds their changes to record().
  absl::Status ReadPieces(const Families& families);

  // Of the last row decoded; valid until the next Decode.
  const CommitRecord& record() const { return record_; }
  uint64_t chain() const { return chain_; }
  // Whether the row follows one with this hash.
  bool Follows(uint64_t chain) const;

 private:
  v1::ChangelogRow row_;
  std::vector<std::unique_ptr<v1::ChangelogRow>> pieces_;
  CommitRecord record_;
  std::string_view hashed_;
  uint64_t chain_ = 0;
};

// The encoded changes of a piece. OUT_OF_RANGE when there is none, DATA_LOSS
// when it has another hash.
absl::StatusOr<std::string> ReadLogPiece(const Families& families,
                                         Revision revision, uint32_t piece,
                                         uint64_t hash);

// NOT_FOUND when there is no row of `revision`.
absl::Status ReadLogRow(const Families& families, Revision revision,
                        LogRow* row);

// Where the log ends.
struct LogEnd {
  uint64_t chain = 0;
  absl::Time commit_time = absl::UnixEpoch();
};

// Verifies that the log has every row from `horizon` (or, when that is more
// than `newest` rows back, of the newest ones) to `head`, unaltered, and
// none beyond, and above the horizon the last piece of each that is in pieces.
// DATA_LOSS names the first row that is wrong. What is in a piece is verified
// when it is read.
absl::StatusOr<LogEnd> VerifyLog(const Families& families,
                                 std::string_view database_id, Revision horizon,
                                 Revision head, uint64_t newest);

}  // namespace kith::storage
