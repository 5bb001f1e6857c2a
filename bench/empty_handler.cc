// The yardstick of a check over gRPC: a server whose CheckPermission does
// nothing, on the asynchronous API with one queue and one thread. What kithd
// costs beyond it is ours; what it costs itself is gRPC's.

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "authzed/api/v1/permission_service.grpc.pb.h"

namespace {

namespace wire = authzed::api::v1;
using AsyncService = wire::PermissionsService::WithAsyncMethod_CheckPermission<
    wire::PermissionsService::Service>;

// One call, from waiting for it to its end; deletes itself then.
class EmptyCall {
 public:
  EmptyCall(AsyncService* service, grpc::ServerCompletionQueue* queue)
      : service_(service), queue_(queue) {
    service->RequestCheckPermission(&context_, &request_, &writer_, queue,
                                    queue, this);
  }

  void OnEvent(bool ok) {
    if (!ok || finishing_) {
      delete this;
      return;
    }
    new EmptyCall(service_, queue_);
    response_.set_permissionship(
        wire::CheckPermissionResponse::PERMISSIONSHIP_HAS_PERMISSION);
    finishing_ = true;
    writer_.Finish(response_, grpc::Status::OK, this);
  }

 private:
  AsyncService* const service_;
  grpc::ServerCompletionQueue* const queue_;
  grpc::ServerContext context_;
  wire::CheckPermissionRequest request_;
  wire::CheckPermissionResponse response_;
  grpc::ServerAsyncResponseWriter<wire::CheckPermissionResponse> writer_{
      &context_};
  bool finishing_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::string address = "127.0.0.1:50061";
  CLI::App app("serves an empty CheckPermission until it is killed");
  app.add_option("--grpc-addr", address, "HOST:PORT; port 0 takes a free one");
  CLI11_PARSE(app, argc, argv);

  AsyncService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  fmt::print("{}:{}\n", address.substr(0, address.rfind(':')), port);
  std::fflush(stdout);
  new EmptyCall(&service, queue.get());
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<EmptyCall*>(tag)->OnEvent(ok);
  return 0;
}
