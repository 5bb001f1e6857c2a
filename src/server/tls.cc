#include "server/tls.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/status_macros.h"
#include "server/setting_sources.h"

namespace kith::server {
namespace {

absl::StatusOr<std::string> ReadPem(const std::string& path,
                                    std::string_view setting) {
  auto text = ReadFile(path);
  if (!text.ok()) {
    return absl::NotFoundError(
        fmt::format("{}: {}", setting, std::string(text.status().message())));
  }
  if (text->find("-----BEGIN ") == std::string::npos) {
    return InvalidArgument(
        fmt::format("{}: \"{}\" is not a PEM file", setting, path));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(
    const Settings& settings) {
  if (settings.tls_cert.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  grpc::SslServerCredentialsOptions::PemKeyCertPair pair;
  KITH_ASSIGN_OR_RETURN(pair.cert_chain,
                        ReadPem(settings.tls_cert, "tls-cert"));
  KITH_ASSIGN_OR_RETURN(pair.private_key, ReadPem(settings.tls_key, "tls-key"));
  options.pem_key_cert_pairs.push_back(std::move(pair));
  if (!settings.tls_client_ca.empty()) {
    KITH_ASSIGN_OR_RETURN(options.pem_root_certs,
                          ReadPem(settings.tls_client_ca, "tls-client-ca"));
    // The mode that only verifies lets callers without a certificate in.
    options.client_certificate_request =
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc::SslServerCredentials(options);
}

}  // namespace kith::server
