#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/authenticator.h"
#include "service/call_body.h"
#include "service/call_queue.h"
#include "service/message_bytes.h"
#include "service/method_table.h"
#include "service/worker_pool.h"

namespace kith::service {

// What is reported of a finished call: nothing that a caller sent.
struct CallRecord {
  std::string_view method;  // "" when it is none of ours
  absl::StatusCode code;
  absl::Duration duration;
};

// What all calls of a server share; outlives them.
struct CallEnvironment {
  const Authenticator* authenticator = nullptr;  // absent: nobody needs a key
  WorkerPool* workers = nullptr;
  std::function<void(const CallRecord&)> on_finished;  // may be empty
  absl::Duration stall_timeout = absl::Seconds(30);    // of live calls
};

// One call of any method, from waiting for it to its end; deletes itself then.
//
// The life of a call: Matched -> authenticate -> Begin (parse) -> Produce (the
// body makes a message, here or on a worker) -> Produced -> send -> Produce ...
// -> Finish -> done. Except for the body's work everything runs on the thread
// of the queue.
class Call : public CallSink {
 public:
  // Waits for one more call of the same kind; called once one was matched.
  using WaitForNext = std::function<void()>;

  Call(const CallEnvironment& environment, CallQueue* queue,
       const Method* method, const WaitForNext& wait_for_next);
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

 protected:
  // An event of the completion queue that calls a member.
  class Event final : public Tag {
   public:
    using Handler = void (Call::*)(bool ok);
    Event(Call* call, Handler handler) : call_(call), handler_(handler) {}
    void OnEvent(bool ok) override { (call_->*handler_)(ok); }

   private:
    Call* const call_;
    const Handler handler_;
  };

  virtual grpc::ServerContext& context() = 0;
  // The call is accepted: ask for its message, or go on with Begin().
  virtual void ReceiveOrBegin() { Begin(); }
  // Sends `message_`; the event is `sent_`, or `finished_` when the call needs
  // no more.
  virtual void Send() = 0;
  virtual void Finish(const grpc::Status& status) = 0;
  // After a message was sent.
  virtual void GoOn() { Produce(); }
  // The caller went away; `call_context_` says so already.
  virtual void Cancelled() {}
  // Whether no event of a derived class is still to come.
  virtual bool MayGo() const { return true; }
  // The body made no message.
  virtual void NothingToSend() { End(absl::OkStatus()); }
  // No message is left to receive: the caller said so, or went away.
  virtual void InputEnded() {}

  // Parses `message_` and starts work.
  void Begin();
  // Lets the body make a message, on a worker if it takes long.
  void Produce();
  // Lets the body make its last message.
  void ProduceLast();
  bool IsNextShort() const { return body_->IsShort(); }
  // Ends the call.
  void End(const absl::Status& status);
  // Adds the trailer; before the last operation of the call.
  void AddTrailer(absl::StatusCode code);
  void WatchCancellation();
  // Deletes the call unless an event is still to come.
  void DeleteWhenDone();

  Event matched_{this, &Call::OnMatched};
  Event received_{this, &Call::OnReceived};
  Event produced_{this, &Call::OnProduced};
  Event sent_{this, &Call::OnSent};
  Event still_there_{this, &Call::OnStillThere};
  Event cancelled_{this, &Call::OnCancelled};
  Event finished_{this, &Call::OnFinished};

  const Method* const method_;  // null: none of ours
  CallQueue* const queue_;
  CallContext call_context_;
  std::unique_ptr<CallBody> body_;
  grpc::ByteBuffer message_;  // what came, then what goes out

 private:
  void Produced(absl::StatusOr<bool> more) override;
  void TurnedOutLong() override;
  void OnMatched(bool ok);
  void OnReceived(bool ok);
  void OnProduced(bool ok);
  void OnSent(bool ok);
  void OnStillThere(bool ok);
  void OnCancelled(bool ok);
  void OnFinished(bool ok);
  absl::Status Admit();
  void RunOnWorker(std::function<void()> work);

  const CallEnvironment& environment_;
  const WaitForNext& wait_for_next_;
  absl::StatusOr<bool> result_ = false;  // of the body, on its way to us
  absl::Time started_;
  absl::StatusCode code_ = absl::StatusCode::kOk;
  bool watching_cancellation_ = false;  // `cancelled_` is still to come
  bool is_finished_ = false;
};

class UnaryCall : public Call {
 public:
  using Call::Call;
  // Where gRPC puts a call when it comes.
  grpc::ServerContext* raw_context() { return &context_; }
  grpc::ByteBuffer* raw_message() { return &message_; }
  auto* stream() { return &stream_; }
  Tag* tag() { return &matched_; }

 protected:
  grpc::ServerContext& context() override { return context_; }
  void Send() override;
  void Finish(const grpc::Status& status) override;

 private:
  grpc::ServerContext context_;
  grpc::ServerAsyncResponseWriter<OutgoingBytes> stream_{&context_};
};

class StreamCall : public Call {
 public:
  StreamCall(const CallEnvironment& environment, CallQueue* queue,
             const Method* method, const WaitForNext& wait_for_next)
      : Call(environment, queue, method, wait_for_next) {
    WatchCancellation();
  }
  grpc::ServerContext* raw_context() { return &context_; }
  grpc::ByteBuffer* raw_message() { return &message_; }
  auto* stream() { return &stream_; }
  Tag* tag() { return &matched_; }

 protected:
  grpc::ServerContext& context() override { return context_; }
  void Send() override;
  void Finish(const grpc::Status& status) override;

 private:
  grpc::ServerContext context_;
  grpc::ServerAsyncWriter<OutgoingBytes> stream_{&context_};
  bool began_ = false;  // a message was sent
};

class ConversationCall : public Call {
 public:
  ConversationCall(const CallEnvironment& environment, CallQueue* queue,
                   const Method* method, const WaitForNext& wait_for_next)
      : Call(environment, queue, method, wait_for_next) {
    WatchCancellation();
  }
  grpc::ServerContext* raw_context() { return &context_; }
  auto* stream() { return &stream_; }
  Tag* tag() { return &matched_; }

 protected:
  grpc::ServerContext& context() override { return context_; }
  void ReceiveOrBegin() override { stream_.Read(&message_, &received_); }
  void Send() override;
  void Finish(const grpc::Status& status) override {
    stream_.Finish(status, &finished_);
  }
  void GoOn() override { NothingToSend(); }
  void NothingToSend() override;
  void InputEnded() override;

 private:
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<OutgoingBytes, grpc::ByteBuffer> stream_{
      &context_};
  bool began_ = false;  // a message was sent
  bool input_ended_ = false;
};

// A call of a method that is not served: authenticated, then UNIMPLEMENTED.
class UnknownCall : public Call {
 public:
  using Call::Call;
  grpc::GenericServerContext* raw_context() { return &context_; }
  auto* stream() { return &stream_; }
  Tag* tag() { return &matched_; }

 protected:
  grpc::ServerContext& context() override { return context_; }
  void ReceiveOrBegin() override;
  void Send() override {}
  void Finish(const grpc::Status& status) override {
    stream_.Finish(status, &finished_);
  }

 private:
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
};

}  // namespace kith::service
