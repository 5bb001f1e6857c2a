#include "tools/kith/connection.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "base/status_macros.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "tools/kith/errors.h"

namespace kith::tool {
namespace {

// gRPC's own default is 4 MiB; a bulk answer or a schema may be larger.
constexpr int kMaxMessageBytes = 64 << 20;
// Debian's bundle; gRPC's built-in roots are a copy of another date.
constexpr char kSystemAuthorities[] = "/etc/ssl/certs/ca-certificates.crt";

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const Target& target) {
  if (!target.use_tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  const std::string path =
      target.tls_ca.empty() ? kSystemAuthorities : target.tls_ca;
  std::ifstream file(path, std::ios::binary);
  if (file) {
    options.pem_root_certs.assign(std::istreambuf_iterator<char>(file), {});
  } else if (!target.tls_ca.empty()) {
    return CannotRead(path, "give the authorities' certificates as PEM");
  }
  return grpc::SslCredentials(options);
}

ErrorReason ReasonOfName(std::string_view name) {
  constexpr int kLast = static_cast<int>(ErrorReason::kDatastoreNotMigrated);
  for (int number = 0; number <= kLast; ++number) {
    const auto reason = static_cast<ErrorReason>(number);
    if (ErrorReasonName(reason) == name) return reason;
  }
  return ErrorReason::kUnspecified;
}

absl::Status Unreachable(const Target& target, std::string_view why) {
  const std::string start =
      IsLocalEndpoint(target.endpoint)
          ? "start it with \"kithd serve\" or set --endpoint"
          : "see that --endpoint is right and the server runs";
  const std::string_view tls =
      target.use_tls ? ", with --insecure if it serves without TLS" : "";
  return absl::UnavailableError(fmt::format("cannot reach {}: {}{} ({})",
                                            target.endpoint, start, tls, why));
}

}  // namespace

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& any : details.details()) {
      google::rpc::ErrorInfo error;
      if (!any.Is<google::rpc::ErrorInfo>() || !any.UnpackTo(&error)) continue;
      ErrorInfo info;
      info.reason = ReasonOfName(error.reason());
      info.metadata.insert(error.metadata().begin(), error.metadata().end());
      return MakeError(code, status.error_message(), info);
    }
  }
  return absl::Status(code, status.error_message());
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(Target target) {
  KITH_ASSIGN_OR_RETURN(const auto credentials, Credentials(target));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  auto channel =
      grpc::CreateCustomChannel(target.endpoint, credentials, arguments);
  return std::unique_ptr<Connection>(
      new Connection(std::move(target), std::move(channel)));
}

Connection::Connection(Target target, std::shared_ptr<grpc::Channel> channel)
    : target_(std::move(target)),
      channel_(std::move(channel)),
      permissions_(v1::PermissionsService::NewStub(channel_)),
      schema_(v1::SchemaService::NewStub(channel_)),
      watch_(v1::WatchService::NewStub(channel_)),
      bulk_(kith::v1::BulkService::NewStub(channel_)) {}

std::unique_ptr<grpc::ClientContext> Connection::NewUnboundedContext() const {
  auto context = std::make_unique<grpc::ClientContext>();
  if (!target_.token.empty()) {
    context->AddMetadata("authorization", "Bearer " + target_.token);
  }
  return context;
}

std::unique_ptr<grpc::ClientContext> Connection::NewUnaryContext() const {
  auto context = NewUnboundedContext();
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::milliseconds(
                            static_cast<int64_t>(target_.timeout_s * 1000)));
  return context;
}

absl::Status Connection::ToStatus(const grpc::Status& status) const {
  absl::Status result = FromGrpcStatus(status);
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      // The server's own refusals carry details or leave the channel ready.
      if (GetErrorInfo(result).has_value() ||
          channel_->GetState(false) == GRPC_CHANNEL_READY) {
        return result;
      }
      return Unreachable(target_, status.error_message());
    case grpc::StatusCode::UNAUTHENTICATED:
      return Prefixed(result, target_.token.empty()
                                  ? "give a key with --token, KITH_TOKEN or a "
                                    "context: "
                                  : "the server wants another token: ");
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      if (channel_->GetState(false) != GRPC_CHANNEL_READY) {
        return Unreachable(target_, "no answer in time");
      }
      return Prefixed(result, fmt::format("no answer in {} s, see --timeout: ",
                                          target_.timeout_s));
    default:
      return result;
  }
}

}  // namespace kith::tool
