#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call_body.h"
#include "service/call_context.h"
#include "service/message_bytes.h"

namespace kith::service {

// The messages of a streamed answer, made one at a time and only after the one
// before was handed to the network: this is the flow control. Calls come one
// at a time but from different threads.
template <typename Response>
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  // Fills the next message. False: there are no more.
  virtual absl::StatusOr<bool> Next(Response* response) = 0;
  // The next message is at hand: making it is short work.
  virtual bool IsReady() const = 0;
};

// A handler is a plain function that knows nothing of queues and threads.
template <typename Request, typename Response>
using UnaryHandler =
    std::function<absl::Status(CallContext&, const Request&, Response*)>;
using Done = std::function<void(absl::Status)>;
// Completes `response` and calls the Done once, on any thread; both messages
// live until then.
template <typename Request, typename Response>
using AsyncHandler =
    std::function<void(CallContext&, Request&&, Response*, Done)>;
template <typename Request, typename Response>
using StreamHandler =
    std::function<absl::StatusOr<std::unique_ptr<ResponseStream<Response>>>(
        CallContext&, const Request&)>;
// Is answering this request too long for a thread that polls?
template <typename Request>
using IsLong = std::function<bool(const Request&)>;

struct Method {
  enum class Kind {
    kUnary,
    kServerStream,
    kConversation,  // each request message is answered with one message
  };
  std::string name;  // "/package.Service/Method"
  Kind kind;
  bool needs_key = true;
  CallBodyFactory make_body;
};

// All methods that are served. Filled at start, then only read.
class MethodTable {
 public:
  // Without `is_long` the handler is always short and never blocks.
  template <typename Request, typename Response>
  Method& Unary(std::string name, UnaryHandler<Request, Response> handler,
                IsLong<Request> is_long = {});
  template <typename Request, typename Response>
  Method& AsyncUnary(std::string name, AsyncHandler<Request, Response> handler);
  template <typename Request, typename Response>
  Method& ServerStream(std::string name,
                       StreamHandler<Request, Response> handler);
  template <typename Request, typename Response>
  Method& Conversation(std::string name,
                       UnaryHandler<Request, Response> handler);

  const std::vector<Method>& methods() const { return methods_; }

 private:
  Method& Add(std::string name, Method::Kind kind, CallBodyFactory make_body) {
    return methods_.emplace_back(
        Method{std::move(name), kind, true, std::move(make_body)});
  }

  std::vector<Method> methods_;
};

}  // namespace kith::service

#include "service/method_bodies.h"  // IWYU pragma: export
