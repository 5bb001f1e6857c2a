#include "db/consistency.h"

#include <fmt/format.h>

#include "base/status_macros.h"

namespace kith::db {
namespace {

absl::Status Future(storage::Revision revision, storage::Revision head) {
  return absl::OutOfRangeError(
      fmt::format("invalid revision: revision {} is not reached yet, the "
                  "newest is {}",
                  revision, head));
}

}  // namespace

absl::StatusOr<std::unique_ptr<storage::Snapshot>> SnapshotAt(
    storage::Revision revision, storage::Store* store) {
  if (const auto head = store->head(); revision > head) {
    return Future(revision, head);
  }
  auto snapshot = store->At(revision);
  if (snapshot.status().code() == absl::StatusCode::kOutOfRange) {
    return absl::OutOfRangeError("invalid revision: revision has expired");
  }
  return snapshot;
}

absl::StatusOr<std::unique_ptr<storage::Snapshot>> SnapshotFor(
    const Consistency& consistency, const TokenCodec& tokens,
    storage::Store* store) {
  switch (consistency.mode) {
    case Consistency::Mode::kAtExactSnapshot: {
      KITH_ASSIGN_OR_RETURN(const storage::Revision revision,
                            tokens.Decode(consistency.token));
      return SnapshotAt(revision, store);
    }
    case Consistency::Mode::kAtLeastAsFresh: {
      KITH_ASSIGN_OR_RETURN(const storage::Revision revision,
                            tokens.Decode(consistency.token));
      auto snapshot = store->AtHead();
      if (revision > snapshot->revision()) {
        return Future(revision, snapshot->revision());
      }
      return snapshot;
    }
    case Consistency::Mode::kMinimizeLatency:
    case Consistency::Mode::kFullyConsistent:
      break;
  }
  return store->AtHead();
}

}  // namespace kith::db
