#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "authzed/api/v1/permission_service.pb.h"
#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// The answer of LookupResources, of which one batch is held at a time.
absl::StatusOr<
    std::unique_ptr<ResponseStream<authzed::api::v1::LookupResourcesResponse>>>
StreamResources(Database* database,
                const authzed::api::v1::LookupResourcesRequest& request);

}  // namespace kith::service
