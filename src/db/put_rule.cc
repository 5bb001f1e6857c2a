#include "db/put_rule.h"

#include "base/seeded_bug.h"
#include "base/status_macros.h"

namespace kith::db {
namespace {

bool SameValue(const storage::TupleValue& a, const storage::TupleValue& b) {
  return a.expires_at == b.expires_at && a.caveat == b.caveat &&
         a.caveat_context == b.caveat_context;
}

}  // namespace

absl::StatusOr<PutOutcome> JudgePut(bool create, const storage::TupleKey& key,
                                    const storage::TupleValue& value,
                                    Group* group) {
  storage::TupleValue stored;
  KITH_ASSIGN_OR_RETURN(const bool found, group->Get(key, &stored));
  if (!found) return PutOutcome::kPut;
  if (create) {
    // What has expired is not there, although its row may still be.
    return stored.ExpiredAt(group->commit_time()) ||
                   IsSeeded(SeededBug::kCreateOverwrites)
               ? PutOutcome::kPut
               : PutOutcome::kExists;
  }
  return SameValue(stored, value) || IsSeeded(SeededBug::kTouchKeepsTheOld)
             ? PutOutcome::kNoChange
             : PutOutcome::kPut;
}

}  // namespace kith::db
