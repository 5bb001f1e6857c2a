#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "authzed/api/v1/permission_service.pb.h"
#include "kith/database.h"
#include "service/method_table.h"

namespace kith::service {

// The answer of LookupResources, of which one batch is held at a time. Set to
// true, `cancelled` ends it soon; outlives the stream.
absl::StatusOr<std::unique_ptr<ResponseStream>> StreamResources(
    Database* database, const authzed::api::v1::LookupResourcesRequest& request,
    const std::atomic<bool>* cancelled);

// The bytes of one LookupResourcesResponse.
void AppendResource(const FoundResource& found, std::string_view looked_up_at,
                    std::string* message);

}  // namespace kith::service
