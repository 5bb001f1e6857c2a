#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/status_macros.h"
#include "db/apply.h"
#include "db/import_rules.h"
#include "db/put_rule.h"
#include "storage/row_codec.h"

namespace kith::db {
namespace {

// A row that owns what it points to.
class ImportedRow {
 public:
  ImportedRow(const storage::TupleKey& key, const storage::TupleValue& value)
      : key_(key), value_(value), context_(value.caveat_context) {}

  storage::TupleKey key() const { return key_.view(); }
  storage::TupleValue value() const {
    storage::TupleValue value = value_;
    value.caveat_context = context_;
    return value;
  }

 private:
  OwnedKey key_;
  storage::TupleValue value_;  // its view is not used
  std::string context_;
};

// By their places.
absl::StatusOr<std::vector<ImportedRow>> RowsOf(const ImportCommand& command) {
  std::vector<ImportedRow> rows;
  rows.reserve(command.rows->size());
  // Rows that are all in memory come in the order of their places.
  KITH_RETURN_IF_ERROR(command.rows->Visit(
      [&](uint64_t place, const storage::TupleKey& key,
          const storage::TupleValue& value) -> absl::Status {
        if (place != rows.size()) {
          return absl::InternalError("rows of an import come in no order");
        }
        rows.emplace_back(key, value);
        return absl::OkStatus();
      }));
  return rows;
}

// By places: whether a row of the same relationship comes before or after.
struct Repeats {
  std::vector<bool> before;
  std::vector<bool> after;
};

Repeats FindRepeats(const std::vector<ImportedRow>& rows) {
  absl::flat_hash_map<std::string, size_t> last;
  Repeats repeats{std::vector<bool>(rows.size()),
                  std::vector<bool>(rows.size())};
  for (size_t place = 0; place < rows.size(); ++place) {
    std::string identity;
    storage::AppendKey(storage::ScanOrder::kForward, rows[place].key(),
                       &identity);
    const auto [it, is_new] = last.try_emplace(std::move(identity), place);
    if (is_new) continue;
    repeats.before[place] = true;
    repeats.after[it->second] = true;
    it->second = place;
  }
  return repeats;
}

storage::ImportConflict Conflict(uint64_t place, bool twice,
                                 const storage::TupleKey& key) {
  return {.place = place,
          .twice = twice,
          .resource_type = key.resource_type,
          .resource_id = std::string(key.resource_id),
          .relation = key.relation,
          .subject_type = key.subject_type,
          .subject_id = std::string(key.subject_id),
          .subject_relation = key.subject_relation};
}

}  // namespace

absl::StatusOr<Applied> Apply(const ImportCommand& command, Group* group) {
  const auto name_of = [&](storage::Symbol symbol) {
    return group->NameOf(symbol);
  };
  KITH_RETURN_IF_ERROR(CheckAdmissions(command, group->schema(), name_of));
  KITH_ASSIGN_OR_RETURN(const auto rows, RowsOf(command));
  const bool create = command.rule == storage::ImportRule::kCreate;
  const Repeats repeats = FindRepeats(rows);

  // Each is judged against the state before all of them.
  std::vector<size_t> changes;
  for (size_t place = 0; place < rows.size(); ++place) {
    const storage::TupleKey key = rows[place].key();
    if (create && repeats.before[place]) {
      return ConflictError(command, Conflict(place, true, key), name_of);
    }
    if (!create && repeats.after[place]) continue;
    KITH_ASSIGN_OR_RETURN(const PutOutcome outcome,
                          JudgePut(create, key, rows[place].value(), group));
    if (outcome == PutOutcome::kExists) {
      return ConflictError(command, Conflict(place, false, key), name_of);
    }
    if (outcome == PutOutcome::kPut) changes.push_back(place);
  }
  if (changes.empty()) return Applied{.revision = group->revision()};
  const Applied applied{.revision = group->BeginCommit({})};
  for (const size_t place : changes) {
    KITH_RETURN_IF_ERROR(group->Put(rows[place].key(), rows[place].value()));
  }
  return applied;
}

}  // namespace kith::db
