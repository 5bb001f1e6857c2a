#include "service/live_call.h"

#include <algorithm>
#include <utility>

namespace kith::service {
namespace {

constexpr LiveCalls::Clock::duration kShortestTick =
    std::chrono::milliseconds(5);

}  // namespace

LiveCall::LiveCall(const CallEnvironment& environment, CallQueue* queue,
                   const Method* method, const WaitForNext& wait_for_next)
    : StreamCall(environment, queue, method, wait_for_next),
      stall_timeout_(absl::ToChronoNanoseconds(environment.stall_timeout)) {}

void LiveCall::ReceiveOrBegin() {
  queue_->live_calls().Add(this, std::max(kShortestTick, stall_timeout_ / 4));
  Begin();
}

void LiveCall::Send() {
  has_header_ = true;
  sending_since_ = Clock::now();
  StreamCall::Send();
}

void LiveCall::Finish(const grpc::Status& status) {
  queue_->live_calls().Remove(this);
  sending_since_.reset();
  StreamCall::Finish(status);
}

void LiveCall::GoOn() {
  const auto since = std::exchange(sending_since_, std::nullopt);
  if (since && Clock::now() - *since > stall_timeout_) {
    End(body().EndFor(LiveEnd::kTooSlow));
  } else if (queue_->live_calls().stopping()) {
    End(body().EndFor(LiveEnd::kServerStops));
  } else {
    Produce();
  }
}

void LiveCall::Park() {
  message_.Clear();
  if (call_context_.cancelled) {
    End(absl::CancelledError("the caller went away"));
  } else if (queue_->live_calls().stopping()) {
    End(body().EndFor(LiveEnd::kServerStops));
  } else if (!std::exchange(has_header_, true)) {
    sending_since_ = Clock::now();
    stream()->SendInitialMetadata(&header_sent_);
  } else {
    parked_ = true;
    wake_is_due_ = true;
    body().WakeOnce([this] { queue_->Post(&woken_); });
  }
}

void LiveCall::Unpark() {
  parked_ = false;
  if (body().CancelWake()) wake_is_due_ = false;
}

void LiveCall::OnHeaderSent(bool ok) {
  sending_since_.reset();
  if (ok) {
    Park();
  } else {
    End(absl::CancelledError("the caller went away"));
  }
}

void LiveCall::OnWoken(bool) {
  wake_is_due_ = false;
  if (std::exchange(parked_, false)) {
    Produce();
  } else {
    DeleteWhenDone();
  }
}

void LiveCall::Cancelled() {
  if (!parked_) return;
  Unpark();
  End(absl::CancelledError("the caller went away"));
}

void LiveCall::OnTick(Clock::time_point now) {
  // A cancelled write completes, and that ends the call.
  if (sending_since_ && now - *sending_since_ > 2 * stall_timeout_) {
    context().TryCancel();
  }
}

void LiveCall::OnStop() {
  if (!parked_) return;
  Unpark();
  End(body().EndFor(LiveEnd::kServerStops));
}

}  // namespace kith::service
