#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/call_context.h"

namespace kith::service {

// Receives what CallBody::Next made, on any thread.
class CallSink {
 public:
  // True: `message` is to be sent. False: the answer is complete.
  virtual void Produced(absl::StatusOr<bool> more) = 0;

 protected:
  ~CallSink() = default;
};

// The part of one call that knows its message types and its handler; the
// driver (rpc_server.h) knows only this and bytes. Not thread-safe: the driver
// calls one method at a time.
class CallBody {
 public:
  virtual ~CallBody() = default;

  // Takes a request message. INVALID_ARGUMENT: the bytes are no such message.
  virtual absl::Status Read(grpc::ByteBuffer* request) = 0;
  // May the next Next() run on a thread that polls: is it short and does it
  // never block?
  virtual bool IsShort() const = 0;
  // Makes the next message of the answer in `message` and tells `sink`, once,
  // now or later. A unary call has exactly one message.
  virtual void Next(grpc::ByteBuffer* message, CallSink* sink) = 0;
};

using CallBodyFactory =
    std::function<std::unique_ptr<CallBody>(CallContext* context)>;

}  // namespace kith::service
