#pragma once

#include <grpcpp/security/server_credentials.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/authenticator.h"
#include "service/call.h"
#include "service/method_table.h"

namespace kith::service {

struct RpcServerOptions {
  struct Listener {
    std::string address;  // "host:port" (port 0: any) or "unix:path"
    std::shared_ptr<grpc::ServerCredentials> credentials;
  };
  std::vector<Listener> listeners;
  // Completion queues, each polled by one thread; short calls run there.
  int queues = 1;
  // Threads for long calls.
  int workers = 4;
  // Long calls that may wait for a worker; beyond it RESOURCE_EXHAUSTED.
  size_t max_waiting_calls = 10'000;
  size_t max_message_bytes = 4u << 20;
  // How long the peer of a live stream may keep one message from being sent;
  // see live_call.h.
  absl::Duration stall_timeout = absl::Seconds(30);
  // Absent: calls need no key.
  std::unique_ptr<Authenticator> authenticator;
  // Called on the polling threads; must not block. May be empty.
  std::function<void(const CallRecord&)> on_finished;
};

// Serves a table of methods over gRPC; every other method is UNIMPLEMENTED
// after authentication. Thread-safe.
class RpcServer {
 public:
  // UNAVAILABLE: an address cannot be listened on.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      RpcServerOptions options, MethodTable methods);
  // Shuts down at once if that was not done before.
  virtual ~RpcServer() = default;

  // The port of each listener, in order; of a Unix socket not a port.
  virtual const std::vector<int>& ports() const = 0;
  // Accepts no more calls, ends live streams, lets the calls in progress finish
  // within `timeout`, cancels the rest and returns when no handler runs any
  // more. Once.
  virtual void Shutdown(absl::Duration timeout) = 0;
};

}  // namespace kith::service
