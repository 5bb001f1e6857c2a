#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "authzed/api/v1/permission_service.pb.h"
#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// The answer of ReadRelationships: pages of the database, all read at the
// revision of the first, of which one is held at a time.
absl::StatusOr<std::unique_ptr<ResponseStream>> StreamRelationships(
    Database* database,
    const authzed::api::v1::ReadRelationshipsRequest& request);

}  // namespace kith::service
