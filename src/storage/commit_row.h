#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "storage/families.h"
#include "storage/store.h"

namespace kith::storage {

// The row of `revision` in the changelog from its bytes. DATA_LOSS when they
// are not. Pieces are read from `families`, which must outlive the row.
absl::StatusOr<std::shared_ptr<const CommitRow>> ParseCommitRow(
    Revision revision, std::string bytes, const Families* families);

}  // namespace kith::storage
