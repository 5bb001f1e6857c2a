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
  // True: `message` is to be sent. False: there is none, and the answer is
  // complete or, before the end of a streamed request, waits for more of it.
  virtual void Produced(absl::StatusOr<bool> more) = 0;
  // Instead, of a body that was short and called on a thread that polls: it is
  // not short after all. Next is called again, on a worker.
  virtual void TurnedOutLong() = 0;

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
  // The caller of a streamed request has no more messages: the next Next() is
  // the last.
  virtual void EndOfInput() {}
  // Makes the next message of the answer in `message` and tells `sink`, once,
  // now or later. A unary call has exactly one message.
  virtual void Next(grpc::ByteBuffer* message, CallSink* sink) = 0;
};

// Why a live call is ended from this side.
enum class LiveEnd { kServerStops, kTooSlow };

// The body of a live call (live_call.h): Next tells false when there is nothing
// for now, and goes on without end.
class LiveCallBody : public CallBody {
 public:
  // As LiveStream in method_table.h; once Next has told false or made a
  // message.
  virtual void WakeOnce(std::function<void()> wake) = 0;
  virtual bool CancelWake() = 0;
  virtual absl::Status EndFor(LiveEnd why) = 0;
};

using CallBodyFactory =
    std::function<std::unique_ptr<CallBody>(CallContext* context)>;

}  // namespace kith::service
