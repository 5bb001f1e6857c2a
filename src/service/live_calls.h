#pragma once

#include <grpcpp/alarm.h>

#include <atomic>
#include <chrono>

#include "absl/container/flat_hash_set.h"
#include "service/tag.h"

namespace kith::service {

class CallQueue;

// The live calls of one queue: told when the server stops and, at intervals,
// to look at the time. On the queue's thread, except Stop() and stopping().
class LiveCalls {
 public:
  using Clock = std::chrono::steady_clock;

  class Member {
   public:
    virtual void OnTick(Clock::time_point now) = 0;
    virtual void OnStop() = 0;

   protected:
    ~Member() = default;
  };

  explicit LiveCalls(CallQueue* queue) : queue_(queue) {}
  LiveCalls(const LiveCalls&) = delete;
  LiveCalls& operator=(const LiveCalls&) = delete;

  // Ticks come at the `interval` of the first member.
  void Add(Member* member, Clock::duration interval);
  void Remove(Member* member);
  // Tells all members, and by stopping() those to come. Any thread; not after
  // the queue's Shutdown.
  void Stop();
  bool stopping() const { return stopping_; }

 private:
  class Event final : public Tag {
   public:
    using Handler = void (LiveCalls::*)();
    Event(LiveCalls* calls, Handler handler)
        : calls_(calls), handler_(handler) {}
    void OnEvent(bool) override { (calls_->*handler_)(); }

   private:
    LiveCalls* const calls_;
    const Handler handler_;
  };

  void OnTick();
  void OnStop();
  void SetAlarm();

  CallQueue* const queue_;
  std::atomic<bool> stopping_{false};
  absl::flat_hash_set<Member*> members_;
  Clock::duration interval_{};
  Event tick_{this, &LiveCalls::OnTick};
  Event stop_{this, &LiveCalls::OnStop};
  bool ticking_ = false;  // `tick_` is still to come
  grpc::Alarm alarm_;
};

}  // namespace kith::service
