#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "db/token.h"
#include "kith/values.h"
#include "storage/store.h"

namespace kith::db {

// The snapshot that may answer under `consistency`: of its token's revision for
// kAtExactSnapshot, else of the newest one. INVALID_ARGUMENT for a token that
// is not ours (TokenCodec::Decode); OUT_OF_RANGE when its revision is yet to
// come or, for kAtExactSnapshot, no longer kept.
absl::StatusOr<std::unique_ptr<storage::Snapshot>> SnapshotFor(
    const Consistency& consistency, const TokenCodec& tokens,
    storage::Store* store);

// The snapshot of `revision`, with the errors above.
absl::StatusOr<std::unique_ptr<storage::Snapshot>> SnapshotAt(
    storage::Revision revision, storage::Store* store);

}  // namespace kith::db
