#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace kith::service {

// The one place where errors become wire errors. Codes are the same numbers; a
// reason (kith/errors.h) becomes one google.rpc.ErrorInfo of the domain
// "authzed.com" in the details.
google::rpc::Status ToRpcStatus(const absl::Status& status);
// Cuts long texts of an error that would not fit into the trailers that
// clients accept.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace kith::service
