#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/status.h"
#include "authzed/api/v1/permission_service.grpc.pb.h"
#include "authzed/api/v1/schema_service.grpc.pb.h"
#include "authzed/api/v1/watch_service.grpc.pb.h"
#include "kith/v1/bulk_service.grpc.pb.h"
#include "tools/kith/target.h"

namespace kith::tool {

namespace v1 = authzed::api::v1;

// A channel to one server. Thread-safe; calls that run must end before it is
// destroyed.
//
// Errors come back as absl::Status with the server's google.rpc.ErrorInfo as
// kith::ErrorInfo; a server that cannot be reached is UNAVAILABLE with a
// message that says what to do.
class Connection {
 public:
  // Opens no connection yet. Fails when the file of authorities is unreadable.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(Target target);

  v1::PermissionsService::Stub& permissions() { return *permissions_; }
  v1::SchemaService::Stub& schema() { return *schema_; }
  v1::WatchService::Stub& watch() { return *watch_; }
  kith::v1::BulkService::Stub& bulk() { return *bulk_; }

  // Carries the token, has no deadline: for streams, and for calls that take
  // as long as the data they touch.
  std::unique_ptr<grpc::ClientContext> NewUnboundedContext() const;
  // Of a call made with such a context.
  absl::Status ToStatus(const grpc::Status& status) const;

  // One unary call, given up after the target's timeout.
  template <typename Service, typename Request, typename Response>
  absl::Status Call(Service& service,
                    grpc::Status (Service::*method)(grpc::ClientContext*,
                                                    const Request&, Response*),
                    const Request& request, Response* response) const {
    const auto context = NewUnaryContext();
    return ToStatus((service.*method)(context.get(), request, response));
  }

 private:
  Connection(Target target, std::shared_ptr<grpc::Channel> channel);

  std::unique_ptr<grpc::ClientContext> NewUnaryContext() const;

  const Target target_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::PermissionsService::Stub> permissions_;
  const std::unique_ptr<v1::SchemaService::Stub> schema_;
  const std::unique_ptr<v1::WatchService::Stub> watch_;
  const std::unique_ptr<kith::v1::BulkService::Stub> bulk_;
};

// The error with its google.rpc.ErrorInfo, nothing else changed.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace kith::tool
