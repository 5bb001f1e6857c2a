#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "db/parts.h"
#include "kith/watch.h"

namespace kith::db {

// Database::Watch. `parts` must outlive the watcher.
absl::StatusOr<std::unique_ptr<Watcher>> OpenWatch(const WatchRequest& request,
                                                   const Parts& parts);

}  // namespace kith::db
