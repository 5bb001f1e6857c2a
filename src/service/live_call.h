#pragma once

#include <optional>

#include "service/call.h"
#include "service/live_calls.h"

namespace kith::service {

// A call of a live stream (LiveStream in method_table.h), which goes on until
// one side ends it. While there is nothing to send it is parked: no thread, no
// message, only a wake-up that is to come. Cancellation and the server's stop
// end a parked call at once.
//
// One message is in flight at a time. When the peer takes longer than
// CallEnvironment::stall_timeout to make room for it, the call ends as soon as
// it did, and is cancelled after as long again.
class LiveCall final : public StreamCall, private LiveCalls::Member {
 public:
  LiveCall(const CallEnvironment& environment, CallQueue* queue,
           const Method* method, const WaitForNext& wait_for_next);

 protected:
  void ReceiveOrBegin() override;
  void Send() override;
  void Finish(const grpc::Status& status) override;
  void GoOn() override;
  void NothingToSend() override { Park(); }
  void Cancelled() override;
  bool MayGo() const override { return !wake_is_due_; }

 private:
  using Clock = LiveCalls::Clock;
  class LiveEvent final : public Tag {
   public:
    using Handler = void (LiveCall::*)(bool ok);
    LiveEvent(LiveCall* call, Handler handler)
        : call_(call), handler_(handler) {}
    void OnEvent(bool ok) override { (call_->*handler_)(ok); }

   private:
    LiveCall* const call_;
    const Handler handler_;
  };

  LiveCallBody& body() { return static_cast<LiveCallBody&>(*body_); }
  // Nothing is to be sent for now. The first time the header goes out, which
  // tells the caller that the stream has begun.
  void Park();
  void Unpark();
  void OnHeaderSent(bool ok);
  void OnWoken(bool ok);
  void OnTick(Clock::time_point now) override;
  void OnStop() override;

  LiveEvent header_sent_{this, &LiveCall::OnHeaderSent};
  LiveEvent woken_{this, &LiveCall::OnWoken};
  const Clock::duration stall_timeout_;
  bool has_header_ = false;  // it was sent, by itself or with a message
  bool parked_ = false;
  bool wake_is_due_ = false;  // `woken_` is still to come
  std::optional<Clock::time_point> sending_since_;
};

}  // namespace kith::service
