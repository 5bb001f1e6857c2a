#include "service/live_calls.h"

#include <vector>

#include "service/call_queue.h"

namespace kith::service {

void LiveCalls::Add(Member* member, Clock::duration interval) {
  if (members_.empty()) interval_ = interval;
  members_.insert(member);
  if (!ticking_) SetAlarm();
}

void LiveCalls::Remove(Member* member) {
  members_.erase(member);
  // A queue is not shut down before its alarms are gone.
  if (members_.empty() && ticking_) alarm_.Cancel();
}

void LiveCalls::Stop() {
  stopping_ = true;
  queue_->Post(&stop_);
}

void LiveCalls::SetAlarm() {
  ticking_ = true;
  alarm_.Set(queue_->get(), std::chrono::system_clock::now() + interval_,
             &tick_);
}

void LiveCalls::OnTick() {
  ticking_ = false;
  const auto now = Clock::now();
  // A member may leave when it is told.
  for (Member* member :
       std::vector<Member*>(members_.begin(), members_.end())) {
    member->OnTick(now);
  }
  if (!members_.empty()) SetAlarm();
}

void LiveCalls::OnStop() {
  for (Member* member :
       std::vector<Member*>(members_.begin(), members_.end())) {
    member->OnStop();
  }
}

}  // namespace kith::service
