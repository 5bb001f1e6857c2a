#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "server/settings.h"

namespace kith::server {

// TLS as the settings ask for, or plain text without a certificate. With a
// client authority, callers without a valid certificate are refused.
// NOT_FOUND: a file cannot be read; INVALID_ARGUMENT: it holds no PEM.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(
    const Settings& settings);

}  // namespace kith::server
