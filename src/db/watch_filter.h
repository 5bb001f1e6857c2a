#pragma once

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "db/relationship_rows.h"
#include "kith/watch.h"
#include "schema/schema.h"
#include "storage/types.h"

namespace kith::db {

// Which relationships a watcher wants. Not thread-safe.
class WatchFilter {
 public:
  explicit WatchFilter(const WatchRequest& request);
  WatchFilter(const WatchFilter&) = delete;
  WatchFilter& operator=(const WatchFilter&) = delete;

  // INVALID_ARGUMENT: both types and filters, or one that is malformed.
  static absl::Status Validate(const WatchRequest& request);
  // The errors of schema/unknown_name.h.
  absl::Status CheckNames(const schema::Schema& schema) const;

  // Looks names up that had no symbol so far; before a commit is matched.
  void Resolve(SymbolOf symbol_of);
  bool Matches(const storage::TupleKey& key) const;

 private:
  std::vector<RelationshipFilter> filters_;  // any may match; none: all do
  // With views into `filters_`. Absent: a name has no symbol yet.
  std::vector<std::optional<storage::TupleFilter>> rows_;
};

}  // namespace kith::db
