#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "tools/kith/connection.h"

namespace kith::tool {

// Gets everything that `request` asks for, message by message. When the server
// goes away on the way, it is asked again from the last cursor, a few times;
// `request` has that cursor when this fails. `take` may keep the message's
// parts; its error ends the export.
absl::Status ExportAll(
    Connection& connection, v1::ExportBulkRelationshipsRequest* request,
    const std::function<absl::Status(v1::ExportBulkRelationshipsResponse&)>&
        take);

}  // namespace kith::tool
