#pragma once

#include "absl/status/statusor.h"
#include "db/group.h"
#include "storage/types.h"

namespace kith::db {

// What putting a row comes to beside what is stored.
enum class PutOutcome : uint8_t {
  kPut,       // it is to be written
  kNoChange,  // it is there as it stands; of a touch
  kExists,    // it must not be there, and is; of a create
};

// The rule of creates and touches. Storage keeps the same one for imports that
// come as files (storage/import_pass.h).
absl::StatusOr<PutOutcome> JudgePut(bool create, const storage::TupleKey& key,
                                    const storage::TupleValue& value,
                                    Group* group);

}  // namespace kith::db
