#include "service/status.h"

#include "google/rpc/error_details.pb.h"
#include "kith/errors.h"

namespace kith::service {
namespace {

constexpr char kErrorDomain[] = "authzed.com";

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status out;
  out.set_code(static_cast<int>(status.code()));
  out.set_message(std::string(status.message()));
  if (const auto info = GetErrorInfo(status)) {
    google::rpc::ErrorInfo detail;
    detail.set_reason(std::string(ErrorReasonName(info->reason)));
    detail.set_domain(kErrorDomain);
    detail.mutable_metadata()->insert(info->metadata.begin(),
                                      info->metadata.end());
    out.add_details()->PackFrom(detail);
  }
  return out;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status rpc = ToRpcStatus(status);
  return grpc::Status(static_cast<grpc::StatusCode>(rpc.code()), rpc.message(),
                      rpc.details().empty() ? "" : rpc.SerializeAsString());
}

}  // namespace kith::service
