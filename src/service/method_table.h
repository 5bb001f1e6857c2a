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
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  // Appends the bytes of the next message to `message`. False: there are no
  // more.
  virtual absl::StatusOr<bool> Next(std::string* message) = 0;
  // The next message is at hand: making it is short work.
  virtual bool IsReady() const = 0;
};

// What a call makes of the messages that its caller streams. They are taken one
// at a time, and the next is not read before: this is the flow control. Calls
// come one at a time, on workers but from different threads.
template <typename Request, typename Response>
class RequestStream {
 public:
  // Called once, on any thread: is `response` complete and to be sent?
  using Taken = std::function<void(absl::StatusOr<bool> send)>;

  // A caller that goes away leaves it without End().
  virtual ~RequestStream() = default;
  virtual void Take(Request&& request, Response* response, Taken taken) = 0;
  // The caller has no more. Only as long as no message was sent is it certain
  // that the caller said so and did not go away.
  virtual void End(Response* response, Taken taken) = 0;
};

// The messages of an answer without an end, of which there may be none for now.
// Calls come one at a time but from different threads.
template <typename Response>
class LiveStream {
 public:
  virtual ~LiveStream() = default;
  // Fills the next message. False: none for now. An error ends the call.
  virtual absl::StatusOr<bool> Next(Response* response) = 0;
  // Calls `wake` once, on any thread, now or as soon as Next may have a
  // message. It does not block. No call of it is at work after CancelWake,
  // which is false when it has come, or after destruction.
  virtual void WakeOnce(std::function<void()> wake) = 0;
  virtual bool CancelWake() = 0;
  // The error to end the call with, for a reason of the server.
  virtual absl::Status EndFor(LiveEnd why) = 0;
};

// A handler is a plain function that knows nothing of queues and threads. Both
// messages are its own; parts of the request may move into the response.
template <typename Request, typename Response>
using UnaryHandler =
    std::function<absl::Status(CallContext&, Request&, Response*)>;
using Done = std::function<void(absl::Status)>;
// Completes `response` and calls the Done once, on any thread; both messages
// live until then.
template <typename Request, typename Response>
using AsyncHandler =
    std::function<void(CallContext&, Request&&, Response*, Done)>;
template <typename Request>
using StreamHandler =
    std::function<absl::StatusOr<std::unique_ptr<ResponseStream>>(
        CallContext&, const Request&)>;
template <typename Request, typename Response>
using RequestStreamHandler =
    std::function<std::unique_ptr<RequestStream<Request, Response>>(
        CallContext&)>;
template <typename Request, typename Response>
using LiveHandler =
    std::function<absl::StatusOr<std::unique_ptr<LiveStream<Response>>>(
        CallContext&, const Request&)>;
// Is answering this request too long for a thread that polls?
template <typename Request>
using IsLong = std::function<bool(const Request&)>;

struct Method {
  enum class Kind {
    kUnary,
    kServerStream,
    kLiveStream,    // a server stream on the wire
    kConversation,  // a stream of requests, answered by any messages
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
  template <typename Request>
  Method& ServerStream(std::string name, StreamHandler<Request> handler);
  // Each request message is answered with one message.
  template <typename Request, typename Response>
  Method& Live(std::string name, LiveHandler<Request, Response> handler);
  template <typename Request, typename Response>
  Method& Conversation(std::string name,
                       UnaryHandler<Request, Response> handler);
  template <typename Request, typename Response>
  Method& TakeStream(std::string name,
                     RequestStreamHandler<Request, Response> handler);

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
