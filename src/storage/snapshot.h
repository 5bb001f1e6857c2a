#pragma once

#include <memory>

#include "storage/ended_sketch.h"
#include "storage/families.h"
#include "storage/leases.h"
#include "storage/store.h"

namespace kith::storage {

// What reading at a revision needs. All of it outlives the snapshots.
struct ReadView {
  const Families* families = nullptr;
  const EndedSketch* sketch = nullptr;
  Leases* leases = nullptr;
};

// A snapshot at `revision`, whose lease it takes over and returns when it dies.
std::unique_ptr<Snapshot> MakeSnapshot(const ReadView& view, Revision revision);

// An iterator with nothing to give: at its end, or failed.
std::unique_ptr<TupleIterator> EmptyIterator(absl::Status status);

}  // namespace kith::storage
