#include "service/rpc_server.h"

#include <fmt/format.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "absl/time/clock.h"
#include "service/call_queue.h"
#include "service/live_call.h"

namespace kith::service {
namespace {

// The methods of the table, registered by name and asked for as bytes.
class RegisteredMethods : public grpc::Service {
 public:
  explicit RegisteredMethods(const MethodTable& table) {
    int index = 0;
    for (const Method& method : table.methods()) {
      AddMethod(new grpc::internal::RpcServiceMethod(
          method.name.c_str(), TypeOf(method.kind), nullptr));
      MarkMethodRaw(index++);
    }
  }

  void Request(int index, UnaryCall* call, grpc::ServerCompletionQueue* queue) {
    RequestAsyncUnary(index, call->raw_context(), call->raw_message(),
                      call->stream(), queue, queue, call->tag());
  }
  void Request(int index, StreamCall* call,
               grpc::ServerCompletionQueue* queue) {
    RequestAsyncServerStreaming(index, call->raw_context(), call->raw_message(),
                                call->stream(), queue, queue, call->tag());
  }
  void Request(int index, ConversationCall* call,
               grpc::ServerCompletionQueue* queue) {
    RequestAsyncBidiStreaming(index, call->raw_context(), call->stream(), queue,
                              queue, call->tag());
  }

 private:
  static grpc::internal::RpcMethod::RpcType TypeOf(Method::Kind kind) {
    switch (kind) {
      case Method::Kind::kUnary:
        return grpc::internal::RpcMethod::NORMAL_RPC;
      case Method::Kind::kServerStream:
      case Method::Kind::kLiveStream:
        return grpc::internal::RpcMethod::SERVER_STREAMING;
      case Method::Kind::kConversation:
        break;
    }
    return grpc::internal::RpcMethod::BIDI_STREAMING;
  }
};

class RpcServerImpl : public RpcServer {
 public:
  RpcServerImpl(RpcServerOptions options, MethodTable table)
      : options_(std::move(options)),
        table_(std::move(table)),
        workers_(std::make_unique<WorkerPool>(options_.workers,
                                              options_.max_waiting_calls)),
        environment_{options_.authenticator.get(), workers_.get(),
                     options_.on_finished, options_.stall_timeout},
        methods_(table_) {}

  ~RpcServerImpl() override {
    if (server_) Shutdown(absl::ZeroDuration());
  }

  absl::Status Listen();
  const std::vector<int>& ports() const override { return ports_; }
  void Shutdown(absl::Duration timeout) override;

 private:
  void WaitForAll(CallQueue* queue);
  void WaitForOne(size_t index, CallQueue* queue);
  void WaitForUnknown(CallQueue* queue);

  const RpcServerOptions options_;
  const MethodTable table_;
  std::unique_ptr<WorkerPool> workers_;
  const CallEnvironment environment_;
  RegisteredMethods methods_;
  grpc::AsyncGenericService unknown_methods_;
  std::vector<std::unique_ptr<CallQueue>> queues_;
  // One for each queue and method: how a call has the next one waited for.
  std::vector<std::unique_ptr<Call::WaitForNext>> waits_;
  std::vector<int> ports_;
  std::unique_ptr<grpc::Server> server_;
};

absl::Status RpcServerImpl::Listen() {
  grpc::ServerBuilder builder;
  ports_.resize(options_.listeners.size());
  for (size_t i = 0; i < options_.listeners.size(); ++i) {
    builder.AddListeningPort(options_.listeners[i].address,
                             options_.listeners[i].credentials, &ports_[i]);
  }
  // Two servers on one port would share its connections unseen.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(
      static_cast<int>(options_.max_message_bytes));
  builder.RegisterService(&methods_);
  builder.RegisterAsyncGenericService(&unknown_methods_);
  for (int i = 0; i < options_.queues; ++i) {
    queues_.push_back(
        std::make_unique<CallQueue>(builder.AddCompletionQueue()));
  }
  server_ = builder.BuildAndStart();
  if (!server_) {
    for (const auto& queue : queues_) queue->Shutdown();
    const auto failed = std::find(ports_.begin(), ports_.end(), 0);
    const size_t index = failed == ports_.end() ? 0 : failed - ports_.begin();
    return absl::UnavailableError(fmt::format(
        "cannot listen on \"{}\": is it in use, or not an address of this "
        "machine?",
        options_.listeners[index].address));
  }
  for (const auto& queue : queues_) {
    WaitForAll(queue.get());
    queue->StartThread();
  }
  return absl::OkStatus();
}

void RpcServerImpl::WaitForAll(CallQueue* queue) {
  for (size_t i = 0; i < table_.methods().size(); ++i) WaitForOne(i, queue);
  WaitForUnknown(queue);
}

void RpcServerImpl::WaitForOne(size_t index, CallQueue* queue) {
  const Method& method = table_.methods()[index];
  const auto wait_for = [&]<typename T>(std::type_identity<T>) {
    auto wait = std::make_unique<Call::WaitForNext>();
    *wait = [this, index, queue, &method, &next = *wait] {
      auto* call = new T(environment_, queue, &method, next);
      methods_.Request(static_cast<int>(index), call, queue->get());
    };
    (*wait)();
    waits_.push_back(std::move(wait));
  };
  switch (method.kind) {
    case Method::Kind::kUnary:
      return wait_for(std::type_identity<UnaryCall>());
    case Method::Kind::kServerStream:
      return wait_for(std::type_identity<StreamCall>());
    case Method::Kind::kLiveStream:
      return wait_for(std::type_identity<LiveCall>());
    case Method::Kind::kConversation:
      return wait_for(std::type_identity<ConversationCall>());
  }
}

void RpcServerImpl::WaitForUnknown(CallQueue* queue) {
  auto wait = std::make_unique<Call::WaitForNext>();
  *wait = [this, queue, &next = *wait] {
    auto* call = new UnknownCall(environment_, queue, nullptr, next);
    unknown_methods_.RequestCall(call->raw_context(), call->stream(),
                                 queue->get(), queue->get(), call->tag());
  };
  (*wait)();
  waits_.push_back(std::move(wait));
}

void RpcServerImpl::Shutdown(absl::Duration timeout) {
  for (const auto& queue : queues_) queue->live_calls().Stop();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + timeout));
  server_->Wait();
  // A cancelled call is gone for gRPC while its handler, or the database, is
  // still to answer it.
  for (const auto& queue : queues_) queue->WaitUntilIdle();
  // Nothing is left to post to a queue once the workers are gone.
  workers_.reset();
  for (const auto& queue : queues_) queue->Shutdown();
  server_.reset();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    RpcServerOptions options, MethodTable methods) {
  auto server =
      std::make_unique<RpcServerImpl>(std::move(options), std::move(methods));
  if (absl::Status status = server->Listen(); !status.ok()) return status;
  return server;
}

}  // namespace kith::service
