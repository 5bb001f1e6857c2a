#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kith/storage/v1/changelog.pb.h"
#include "storage/families.h"
#include "storage/store.h"

// The changelog: one row per commit, each chained to the one before by number
// and by a running hash, so that a row lost or altered in the middle shows.

namespace kith::storage {

// What the hash of the first commit builds on.
uint64_t ChainStart(std::string_view database_id);

std::string LogKey(Revision revision);
// The row's bytes; `chain` is the hash of the row before and becomes this
// one's.
std::string EncodeLogRow(const v1::ChangelogRow& row, uint64_t* chain);

void AddPut(const TupleKey& key, const TupleValue& value,
            v1::ChangelogRow* row);
void AddDelete(const TupleKey& key, v1::ChangelogRow* row);

// DATA_LOSS that says what is wrong with the row.
absl::Status MalformedLogRow(Revision revision, std::string_view what);
// Fills `change`, whose views point into `from`. DATA_LOSS when it is no
// change that a commit could have made.
absl::Status DecodeChange(Revision revision, const v1::RelationshipChange& from,
                          Change* change);

// Reads one row at a time; keeps its memory for the next one.
class LogRow {
 public:
  // DATA_LOSS when the bytes are not those of the row of `revision`.
  absl::Status Decode(Revision revision, std::string_view bytes);

  // Of the last row decoded; valid until the next Decode.
  const CommitRecord& record() const { return record_; }
  uint64_t chain() const { return chain_; }
  // Whether the row follows one with this hash.
  bool Follows(uint64_t chain) const;

 private:
  v1::ChangelogRow row_;
  CommitRecord record_;
  std::string_view hashed_;
  uint64_t chain_ = 0;
};

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
// none beyond. DATA_LOSS names the first row that is wrong.
absl::StatusOr<LogEnd> VerifyLog(const Families& families,
                                 std::string_view database_id, Revision horizon,
                                 Revision head, uint64_t newest);

}  // namespace kith::storage
